use crate::{Fault, Faults};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The query parameters of a request (`application/x-www-form-urlencoded`).
///
/// Their names are judged by [`Params::check_names`], once for every service, at the gateway; what they hold is judged by the
/// route that reads them. A parameter that is at fault itself is read as if it were not there, so that all other faults
/// can be found as well.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let pairs = pieces(query).filter_map(|(name, value)| Some((decode(name)?, decode(value)?)));
        Self(pairs.collect())
    }

    /// Notes parameters that are unknown, repeated or not UTF-8.
    pub fn check_names<Name: AsRef<str>>(query: &str, known: &[Name], faults: &mut Faults) {
        let mut seen: Vec<String> = Vec::new();
        for (raw, value) in pieces(query) {
            let (Some(name), Some(_)) = (decode(raw), decode(value)) else {
                let shown = percent_decode_str(raw).decode_utf8_lossy().into_owned();
                faults.add(Fault::parameter(shown, "is not UTF-8"));
                continue;
            };
            if !known.iter().any(|known| known.as_ref() == name) {
                faults.add(Fault::parameter(name, "is not a known parameter"));
            } else if seen.contains(&name) {
                faults.add(Fault::parameter(name, "is given twice"));
            } else {
                seen.push(name);
            }
        }
    }

    /// The parameter's value, the first of several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// `true`, `false`, or the bare name for true.
    pub fn flag(&self, name: &str, faults: &mut Faults) -> bool {
        match self.get(name) {
            None | Some("false") => false,
            Some("" | "true") => true,
            Some(_) => {
                faults.add(Fault::parameter(name, "must be true or false"));
                false
            }
        }
    }
}

fn pieces(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn faults(query: &str) -> Vec<String> {
        let mut faults = Faults::new();
        Params::check_names(query, &["q", "limit"], &mut faults);
        faults.into_vec().iter().map(Fault::to_string).collect()
    }

    #[test]
    fn values_are_decoded_and_the_first_one_counts() {
        let params = Params::parse("q=J%C3%B6rg+B&limit=5&limit=6&bad=%ff&&purge");
        assert_eq!(params.get("q"), Some("Jörg B"));
        assert_eq!(params.get("limit"), Some("5"));
        assert_eq!(params.get("bad"), None);
        let mut faults = Faults::new();
        assert!(params.flag("purge", &mut faults));
        assert!(!params.flag("absent", &mut faults));
        assert!(faults.is_empty());
        assert!(!params.flag("limit", &mut faults));
        assert!(!faults.is_empty());
    }

    #[test]
    fn every_name_at_fault_is_told() {
        assert_eq!(
            faults("colour=red&q=1&limit=%ff&q=2&%ff=1"),
            [
                "colour: is not a known parameter",
                "limit: is not UTF-8",
                "q: is given twice",
                "\u{fffd}: is not UTF-8",
            ]
        );
        assert!(faults("q=J%C3%B6rg&limit").is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(query in "\\PC{0,60}") {
            let _ = Params::parse(&query);
            let _ = faults(&query);
        }
    }
}
