use imaging::{Dpr, Form, Format};
use std::{fmt::Display, str::FromStr};
use web::{Fault, Faults, Params};

/// What the parameters of a rendering ask for.
#[derive(Debug, Default, PartialEq)]
pub struct Asked {
    pub form: Form,
    /// Without one `Accept` decides.
    pub format: Option<Format>,
}

impl Asked {
    pub fn read(params: &Params, faults: &mut Faults) -> Self {
        let form = Form {
            width: value(params, "w", faults),
            height: value(params, "h", faults),
            fit: value(params, "fit", faults).unwrap_or_default(),
            gravity: value(params, "gravity", faults).unwrap_or_default(),
            background: value(params, "background", faults),
            blur: value(params, "blur", faults),
            quality: value(params, "q", faults),
            enlarge: params.flag("enlarge", faults),
            lossless: params.flag("lossless", faults),
        };
        Self {
            form: match value::<Dpr>(params, "dpr", faults) {
                None => form,
                Some(dpr) => dense(form, dpr, faults),
            },
            format: value(params, "format", faults),
        }
    }
}

fn dense(form: Form, dpr: Dpr, faults: &mut Faults) -> Form {
    form.at(dpr).unwrap_or_else(|error| {
        faults.add(Fault::parameter("dpr", error.to_string()));
        form
    })
}

fn value<T>(params: &Params, name: &str, faults: &mut Faults) -> Option<T>
where
    T: FromStr<Err: Display>,
{
    match params.get(name)?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            faults.add(Fault::parameter(name, error.to_string()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(query: &str) -> Result<Asked, Vec<String>> {
        let mut faults = Faults::new();
        let asked = Asked::read(&Params::parse(query), &mut faults);
        if faults.is_empty() {
            return Ok(asked);
        }
        Err(faults.into_vec().iter().map(Fault::to_string).collect())
    }

    #[test]
    fn every_parameter_says_something() {
        let asked = read(
            "w=160&h=90&fit=cover&gravity=0.3,0.7&format=webp&q=70&dpr=2&background=336699&blur=2&enlarge&lossless=true",
        );
        let asked = asked.unwrap();
        assert_eq!(asked.format, Some(Format::WebP));
        let expected = json!({
            "width": 320, "height": 180, "fit": "cover", "gravity": "0.3,0.7", "background": "#336699",
            "blur": 2.0, "quality": 70, "enlarge": true, "lossless": true,
        });
        assert_eq!(serde_json::to_value(asked.form).unwrap(), expected);
        assert_eq!(read("").unwrap(), Asked::default());
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let query = "w=0&h=x&fit=stretch&gravity=left&format=bmp&q=101&dpr=9&background=red&blur=-1&enlarge=maybe&lossless=2";
        let faults = read(query).unwrap_err();
        let mut named: Vec<&str> = faults
            .iter()
            .filter_map(|fault| fault.split(':').next())
            .collect();
        named.sort_unstable();
        let all = [
            "background",
            "blur",
            "dpr",
            "enlarge",
            "fit",
            "format",
            "gravity",
            "h",
            "lossless",
            "q",
            "w",
        ];
        assert_eq!(named, all);
        let too_dense = read("w=5000&dpr=4").unwrap_err();
        assert!(too_dense[0].starts_with("dpr: "), "{too_dense:?}");
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "((w|h|fit|gravity|q|dpr|background|blur)=\\PC{0,6}&){0,8}") {
            let _ = read(&query);
        }
    }
}
