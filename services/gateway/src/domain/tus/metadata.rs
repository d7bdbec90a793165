use base64::{Engine, engine::general_purpose::STANDARD};
use web::{Fault, Problem};

/// Longest `Upload-Metadata`, in bytes.
const MAX_BYTES: usize = 4 << 10;

/// The pairs of `Upload-Metadata`.
#[derive(Debug, PartialEq, Eq)]
pub struct Metadata(Vec<(String, String)>);

impl Metadata {
    pub fn parse(text: &[u8]) -> Result<Self, Problem> {
        let refuse = |detail: &str| {
            let fault = Fault::header("Upload-Metadata", detail);
            Problem::invalid(vec![fault])
        };
        if text.len() > MAX_BYTES {
            return Err(refuse("is longer than 4096 bytes"));
        }
        let form =
            "must be pairs of a name and a value in base64 that holds UTF-8: `name dmFsdWU=, …`";
        let pairs = read(text).ok_or_else(|| refuse(form))?;
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).any(|two| two.first() == two.last()) {
            true => Err(refuse("has a name twice")),
            false => Ok(Self(pairs)),
        }
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.iter().filter(|(known, _)| *known == name);
        named.next().map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn read(text: &[u8]) -> Option<Vec<(String, String)>> {
    let text = str::from_utf8(text).ok()?.trim();
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(pair).collect()
}

/// The value may be missing.
fn pair(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let (name, value) = text.split_once(' ').unwrap_or((text, ""));
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    let value = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    is_name.then(|| (name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_are_read_and_broken_ones_refused() {
        let read = Metadata::parse(b"a YQ==, b  ,c").unwrap();
        let pairs: Vec<_> = read.iter().collect();
        assert_eq!(pairs, [("a", "a"), ("b", ""), ("c", "")]);
        assert_eq!(read.get("d"), None);
        assert_eq!(Metadata::parse(b"").unwrap().iter().count(), 0);
        let long = [b"a ".as_slice(), &[b'Y'; 5000]].concat();
        for bad in [
            &b"a Y"[..],
            b",",
            b"a YQ== x",
            b"a YQ==,a YQ==",
            b"a /w==",
            b"\xff",
            b"\xc3\xa4 YQ==",
            &long,
        ] {
            assert!(Metadata::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in "\\PC{0,40}") {
            let text = format!("name {}", STANDARD.encode(&value));
            let read = Metadata::parse(text.as_bytes()).unwrap();
            prop_assert_eq!(read.get("name"), Some(value.as_str()));
        }

        #[test]
        fn never_panics(text: Vec<u8>) {
            let _ = Metadata::parse(&text);
        }
    }
}
