use crate::{Fault, Faults, Problem};
use percent_encoding::percent_decode_str;

/// The query parameters of a request; one that the route does not know is refused by name.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text; repeated and unknown parameters are faults.
    pub fn parse(query: &str, known: &[&str]) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for piece in query.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (Some(name), value) = (decode(name), decode(value)) else {
                faults.add(Fault::parameter(name, "is not UTF-8"));
                continue;
            };
            let Some(value) = value else {
                faults.add(Fault::parameter(name, "is not UTF-8"));
                continue;
            };
            if !known.contains(&name.as_str()) {
                faults.add(Fault::parameter(name, "is not a known parameter"));
            } else if pairs.iter().any(|(earlier, _)| *earlier == name) {
                faults.add(Fault::parameter(name, "is given twice"));
            } else {
                pairs.push((name, value));
            }
        }
        faults.or(Self(pairs))
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// `true`, `false`, or the bare name for true.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("" | "true") => Ok(true),
            Some(_) => Err(Problem::invalid(vec![Fault::parameter(
                name,
                "must be true or false",
            )])),
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::Params;
    use proptest::prelude::*;

    #[test]
    fn decodes_and_refuses() {
        let params = Params::parse("q=J%C3%B6rg+B&limit=5", &["q", "limit"]).unwrap();
        assert_eq!(params.get("q"), Some("Jörg B"));
        for bad in ["colour=red", "q=1&q=2", "q=%ff"] {
            assert!(Params::parse(bad, &["q"]).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(query in "\\PC{0,60}") {
            let _ = Params::parse(&query, &["q"]);
        }
    }
}
