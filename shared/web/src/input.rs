//! Reading JSON input so that every fault is reported at once, each with a JSON Pointer fragment (RFC 6901, section 6).
//!
//! Parse, don't validate: a reader takes members out of an [`Object`] one by one and notes faults on the way;
//! what it never asked for is unknown and refused by [`Object::finish`].

use crate::{Problem, ProblemKind};
use serde_json::{Map, Value, json};
use std::{collections::HashSet, fmt};

/// More faults than these are not worth listing.
const MAX_FAULTS: usize = 100;
const MAX_POINTER_CHARS: usize = 200;

/// Where an input is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    at: Place,
    detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Pointer(String),
    Parameter(String),
    Header(String),
}

impl Fault {
    /// `pointer` begins with `#`.
    pub fn pointer(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            at: Place::Pointer(clipped(pointer.into())),
            detail: detail.into(),
        }
    }

    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            at: Place::Parameter(name.into()),
            detail: detail.into(),
        }
    }

    pub fn header(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            at: Place::Header(name.into()),
            detail: detail.into(),
        }
    }

    #[must_use]
    pub fn to_json(&self) -> Value {
        let (member, place) = match &self.at {
            Place::Pointer(p) => ("pointer", p),
            Place::Parameter(p) => ("parameter", p),
            Place::Header(p) => ("header", p),
        };
        json!({ member: place, "detail": self.detail })
    }

    /// One of a problem's `errors`, as another service wrote it.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |member| value.get(member)?.as_str().map(str::to_owned);
        let at = text("pointer")
            .map(Place::Pointer)
            .or_else(|| text("parameter").map(Place::Parameter))
            .or_else(|| text("header").map(Place::Header))?;
        let detail = text("detail")?;
        Some(Self { at, detail })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Place::Pointer(place) | Place::Parameter(place) | Place::Header(place)) = &self.at;
        write!(out, "{place}: {}", self.detail)
    }
}

/// Names in a pointer are the caller's, and as long as the caller likes; answers repeat them.
fn clipped(mut pointer: String) -> String {
    if let Some((end, _)) = pointer.char_indices().nth(MAX_POINTER_CHARS) {
        pointer.truncate(end);
        pointer.push('…');
    }
    pointer
}

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, fault: Fault) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(fault);
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, if nothing at all was wrong.
    pub fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Problem::invalid(self.0))
        }
    }

    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}

/// Parses a request body; `serde_json` bounds the depth at 128.
pub fn json(body: &[u8]) -> Result<Value, Problem> {
    if body.is_empty() {
        return Err(malformed("the body is empty; a JSON object is expected"));
    }
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        malformed(&format!("the body is not valid JSON at {place}"))
    })
}

fn malformed(detail: &str) -> Problem {
    Problem::new(ProblemKind::MalformedJson, detail).fault(Fault::pointer("#", detail))
}

/// One JSON object being read.
pub struct Object<'a> {
    members: &'a Map<String, Value>,
    pointer: String,
    seen: HashSet<&'a str>,
}

impl<'a> Object<'a> {
    /// The whole body, which must be an object.
    pub fn root(value: &'a Value) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        match Self::at(value, "#".to_owned(), &mut faults) {
            Some(object) => Ok(object),
            None => Err(Problem::invalid(faults.into_vec())),
        }
    }

    /// An object anywhere; notes a fault when it is something else.
    pub fn at(value: &'a Value, pointer: String, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self {
                members,
                pointer,
                seen: HashSet::new(),
            }),
            other => {
                faults.add(Fault::pointer(
                    pointer,
                    format!("must be an object, not {}", kind_of(other)),
                ));
                None
            }
        }
    }

    /// The pointer of a member, for faults that only the caller can see.
    #[must_use]
    pub fn pointer(&self, name: &str) -> String {
        format!(
            "{}/{}",
            self.pointer,
            name.replace('~', "~0").replace('/', "~1")
        )
    }

    /// The member as it is; `null` counts as absent.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        let (key, value) = self.members.get_key_value(name)?;
        self.seen.insert(key);
        (!value.is_null()).then_some(value)
    }

    pub fn text(
        &mut self,
        name: &'static str,
        max_chars: usize,
        faults: &mut Faults,
    ) -> Option<String> {
        let value = self.value(name)?;
        read_text(value, self.pointer(name), max_chars, faults)
    }

    /// A string that must be there and not be empty.
    pub fn required_text(
        &mut self,
        name: &'static str,
        max_chars: usize,
        faults: &mut Faults,
    ) -> String {
        if self.value(name).is_none() {
            faults.add(Fault::pointer(self.pointer(name), "is required"));
            return String::new();
        }
        let text = self.text(name, max_chars, faults).unwrap_or_default();
        if text.trim().is_empty() && self.value(name).is_some_and(Value::is_string) {
            faults.add(Fault::pointer(self.pointer(name), "must not be empty"));
        }
        text
    }

    pub fn boolean(&mut self, name: &'static str, faults: &mut Faults) -> Option<bool> {
        let value = self.value(name)?;
        let boolean = value.as_bool();
        if boolean.is_none() {
            faults.add(Fault::pointer(
                self.pointer(name),
                format!("must be true or false, not {}", kind_of(value)),
            ));
        }
        boolean
    }

    /// A whole number within bounds, both included.
    pub fn integer(
        &mut self,
        name: &'static str,
        min: u64,
        max: u64,
        faults: &mut Faults,
    ) -> Option<u64> {
        let value = self.value(name)?;
        let number = value.as_u64().filter(|number| (min..=max).contains(number));
        if number.is_none() {
            faults.add(Fault::pointer(
                self.pointer(name),
                format!("must be a whole number from {min} to {max}"),
            ));
        }
        number
    }

    /// One of a few words.
    pub fn one_of(
        &mut self,
        name: &'static str,
        words: &[&str],
        faults: &mut Faults,
    ) -> Option<String> {
        let text = self.text(name, 100, faults)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        faults.add(Fault::pointer(
            self.pointer(name),
            format!("must be one of {}", words.join(", ")),
        ));
        None
    }

    pub fn object<T>(
        &mut self,
        name: &'static str,
        faults: &mut Faults,
        read: impl FnOnce(&mut Object<'a>, &mut Faults) -> T,
    ) -> Option<T> {
        let value = self.value(name)?;
        let mut inner = Object::at(value, self.pointer(name), faults)?;
        let read = read(&mut inner, faults);
        inner.finish(faults);
        Some(read)
    }

    /// An array of objects; absent is empty.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        max: usize,
        faults: &mut Faults,
        mut read: impl FnMut(&mut Object<'a>, &mut Faults) -> T,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for (index, value) in self.array(name, max, faults).iter().enumerate() {
            if let Some(mut inner) =
                Object::at(value, format!("{}/{index}", self.pointer(name)), faults)
            {
                all.push(read(&mut inner, faults));
                inner.finish(faults);
            }
        }
        all
    }

    /// An array of strings; absent is empty.
    pub fn texts(
        &mut self,
        name: &'static str,
        max: usize,
        max_chars: usize,
        faults: &mut Faults,
    ) -> Vec<String> {
        let mut all = Vec::new();
        for (index, value) in self.array(name, max, faults).iter().enumerate() {
            all.extend(read_text(
                value,
                format!("{}/{index}", self.pointer(name)),
                max_chars,
                faults,
            ));
        }
        all
    }

    fn array(&mut self, name: &'static str, max: usize, faults: &mut Faults) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(values)) if values.len() > max => {
                faults.add(Fault::pointer(
                    self.pointer(name),
                    format!("holds {} entries; the limit is {max}", values.len()),
                ));
                &[]
            }
            Some(Value::Array(values)) => values,
            Some(other) => {
                faults.add(Fault::pointer(
                    self.pointer(name),
                    format!("must be an array, not {}", kind_of(other)),
                ));
                &[]
            }
        }
    }

    /// Members with names of the caller's choosing and string values.
    pub fn text_map(
        &mut self,
        name: &'static str,
        max: usize,
        max_chars: usize,
        faults: &mut Faults,
    ) -> Vec<(String, String)> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let Some(inner) = Object::at(value, self.pointer(name), faults) else {
            return Vec::new();
        };
        if inner.members.len() > max {
            faults.add(Fault::pointer(
                self.pointer(name),
                format!("holds {} members; the limit is {max}", inner.members.len()),
            ));
            return Vec::new();
        }
        let mut all = Vec::new();
        for (key, value) in inner.members {
            let key_fits =
                (1..=100).contains(&key.chars().count()) && !key.chars().any(char::is_control);
            if !key_fits {
                faults.add(Fault::pointer(
                    inner.pointer(key),
                    "a member's name has 1 to 100 characters, none of them control characters",
                ));
            }
            all.extend(
                read_text(value, inner.pointer(key), max_chars, faults)
                    .map(|text| (key.clone(), text)),
            );
        }
        all
    }

    /// Accepts members that the server owns, whatever they hold.
    pub fn ignore(&mut self, names: &[&str]) {
        for (key, _) in self
            .members
            .iter()
            .filter(|(key, _)| names.contains(&key.as_str()))
        {
            self.seen.insert(key);
        }
    }

    /// Names every member that nobody asked for.
    pub fn finish(self, faults: &mut Faults) {
        for key in self
            .members
            .keys()
            .filter(|key| !self.seen.contains(key.as_str()))
        {
            faults.add(Fault::pointer(self.pointer(key), "is not a known field"));
        }
    }
}

fn read_text(
    value: &Value,
    pointer: String,
    max_chars: usize,
    faults: &mut Faults,
) -> Option<String> {
    let Value::String(text) = value else {
        faults.add(Fault::pointer(
            pointer,
            format!("must be a string, not {}", kind_of(value)),
        ));
        return None;
    };
    if text.chars().count() > max_chars {
        faults.add(Fault::pointer(
            pointer,
            format!("is longer than {max_chars} characters"),
        ));
        return None;
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        faults.add(Fault::pointer(pointer, "holds control characters"));
        return None;
    }
    Some(text.clone())
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_fault_is_reported_with_its_pointer() {
        let value = json!({"name": 7, "tags": ["a", 1], "inner": {"x": "toolong", "y/z": 1}, "extra": true});
        let mut faults = Faults::new();
        let mut root = Object::root(&value).unwrap();
        root.required_text("name", 10, &mut faults);
        root.required_text("missing", 10, &mut faults);
        root.texts("tags", 5, 10, &mut faults);
        root.object("inner", &mut faults, |inner, faults| {
            inner.text("x", 3, faults)
        });
        root.finish(&mut faults);
        let mut pointers: Vec<_> = faults
            .into_vec()
            .iter()
            .map(|f| f.to_json()["pointer"].as_str().unwrap().to_owned())
            .collect();
        pointers.sort();
        assert_eq!(
            pointers,
            [
                "#/extra",
                "#/inner/x",
                "#/inner/y~1z",
                "#/missing",
                "#/name",
                "#/tags/1"
            ]
        );
    }

    #[test]
    fn faults_survive_their_way_through_json() {
        for fault in [
            Fault::pointer("#/a", "x"),
            Fault::parameter("b", "y"),
            Fault::header("c", "z"),
        ] {
            assert_eq!(Fault::from_json(&fault.to_json()), Some(fault));
        }
        assert_eq!(Fault::from_json(&json!({ "detail": "x" })), None);
    }

    #[test]
    fn null_is_absent_and_server_owned_members_pass() {
        let value = json!({"name": null, "id": 12});
        let mut faults = Faults::new();
        let mut root = Object::root(&value).unwrap();
        assert_eq!(root.text("name", 10, &mut faults), None);
        root.ignore(&["id"]);
        root.finish(&mut faults);
        assert!(faults.is_empty());
    }

    proptest! {
        #[test]
        fn any_body_is_parsed_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = super::json(&body);
        }
    }
}
