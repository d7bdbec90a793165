use crate::model::Preset;
use imaging::{Form, Format};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use web::{Fault, Faults, Object, Problem};

const MAX_NAME: usize = 32;
/// Names of what else lies below an image.
const RESERVED: [&str; 6] = [
    "content", "original", "render", "renders", "uploads", "variants",
];
/// What the server adds.
const OWN: [&str; 2] = ["version", "job_id"];

/// A preset as a caller describes it.
#[derive(Debug)]
pub struct Draft {
    pub name: String,
    form: Form,
    format: Option<Format>,
}

impl Draft {
    /// `named`: what the path calls it, from which the body must not differ. Adds to the faults that were found before.
    pub fn read(body: &Value, named: Option<&str>, mut faults: Faults) -> Result<Self, Problem> {
        let mut object = Object::root(body)?;
        let draft = Self {
            name: match named {
                None => new_name(&mut object, &mut faults),
                Some(name) => same_name(&mut object, name, &mut faults),
            },
            form: form(&mut object, &mut faults),
            format: format(&mut object, &mut faults),
        };
        object.ignore(&OWN);
        object.finish(&mut faults);
        faults.or(draft)
    }

    pub fn into_preset(self, version: u64, other: Map<String, Value>) -> Preset {
        Preset {
            name: self.name,
            form: self.form,
            format: self.format.map(|format| format.name().to_owned()),
            version,
            other,
        }
    }
}

fn new_name(object: &mut Object<'_>, faults: &mut Faults) -> String {
    let missing = object.value("name").is_none();
    let name = object.required_text("name", 1_000, faults);
    let fault = |detail| Fault::pointer(object.pointer("name"), detail);
    if RESERVED.contains(&name.as_str()) {
        faults.add(fault("is taken by another path below an image"));
    } else if !missing && !name.is_empty() && !is_name(&name) {
        faults.add(fault(
            "must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter or a digit",
        ));
    }
    name
}

fn same_name(object: &mut Object<'_>, name: &str, faults: &mut Faults) -> String {
    let given = object.text("name", 1_000, faults);
    if given.is_some_and(|given| given != name) {
        let detail = "must be the name in the path; a preset keeps its name";
        faults.add(Fault::pointer(object.pointer("name"), detail));
    }
    name.to_owned()
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= MAX_NAME
        && name.bytes().next().is_some_and(is_plain)
        && name
            .bytes()
            .all(|byte| is_plain(byte) || matches!(byte, b'_' | b'-'))
}

fn form(object: &mut Object<'_>, faults: &mut Faults) -> Form {
    Form {
        width: value(object, "width", faults),
        height: value(object, "height", faults),
        fit: value(object, "fit", faults).unwrap_or_default(),
        gravity: value(object, "gravity", faults).unwrap_or_default(),
        background: value(object, "background", faults),
        blur: value(object, "blur", faults),
        quality: value(object, "quality", faults),
        enlarge: object.boolean("enlarge", faults).unwrap_or_default(),
        lossless: object.boolean("lossless", faults).unwrap_or_default(),
    }
}

fn format(object: &mut Object<'_>, faults: &mut Faults) -> Option<Format> {
    let text = object.text("format", 100, faults)?;
    match text.parse::<Format>() {
        Ok(format) => Some(format),
        Err(error) => {
            faults.add(Fault::pointer(object.pointer("format"), error.to_string()));
            None
        }
    }
}

fn value<T: DeserializeOwned>(
    object: &mut Object<'_>,
    name: &'static str,
    faults: &mut Faults,
) -> Option<T> {
    match T::deserialize(object.value(name)?) {
        Ok(value) => Some(value),
        Err(error) => {
            faults.add(Fault::pointer(object.pointer(name), error.to_string()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(body: &Value, named: Option<&str>) -> Vec<String> {
        match Draft::read(body, named, Faults::new()) {
            Ok(_) => Vec::new(),
            Err(problem) => {
                let body: Value = serde_json::from_slice(&problem.body("")).unwrap();
                let errors = body["errors"].as_array().unwrap();
                let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
                let mut all: Vec<String> = errors.iter().map(pointer).collect();
                all.sort();
                all
            }
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let body = json!({
            "name": "Hero", "width": 0, "height": "x", "fit": "stretch", "gravity": "left", "background": "red",
            "blur": 0, "quality": 101, "format": "bmp", "enlarge": 1, "lossless": "yes", "colour": 1, "version": 9,
        });
        let named = [
            "#/background",
            "#/blur",
            "#/colour",
            "#/enlarge",
            "#/fit",
            "#/format",
            "#/gravity",
            "#/height",
            "#/lossless",
            "#/name",
            "#/quality",
            "#/width",
        ];
        assert_eq!(faults(&body, None), named);
    }

    #[test]
    fn names_are_those_that_urls_can_hold() {
        for good in ["a", "0", "hero-2x", "a_b", &"x".repeat(32)] {
            assert!(faults(&json!({ "name": good }), None).is_empty(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "_a",
            "A",
            "ä",
            "a b",
            "a/b",
            "render",
            "content",
            &"x".repeat(33),
        ] {
            assert_eq!(faults(&json!({ "name": bad }), None), ["#/name"], "{bad}");
        }
        assert_eq!(faults(&json!({}), None), ["#/name"]);
        assert!(faults(&json!({ "name": "hero" }), Some("hero")).is_empty());
        assert!(faults(&json!({}), Some("hero")).is_empty());
        assert_eq!(
            faults(&json!({ "name": "other" }), Some("hero")),
            ["#/name"]
        );
    }

    #[test]
    fn what_is_shown_can_be_put_back() {
        let body = json!({
            "name": "hero", "width": 1200, "height": null, "fit": "cover", "gravity": "smart", "background": "#ffffff",
            "blur": 1.5, "quality": 80, "format": "webp", "lossless": false, "enlarge": true,
        });
        let preset = Draft::read(&body, None, Faults::new()).unwrap();
        let preset = preset.into_preset(3, Map::new());
        let view = preset.view();
        let again = Draft::read(&view, Some("hero"), Faults::new()).unwrap();
        assert_eq!(again.into_preset(3, Map::new()), preset);
        assert_eq!(
            (&view["version"], &view["height"]),
            (&json!(3), &Value::Null)
        );
    }
}
