//! The header fields that change what WebDAV answers.

use thiserror::Error;

/// How far down a request goes (RFC 4918, section 10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    Zero,
    One,
    Infinity,
}

/// The `Depth` field holds none of its three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Depth must be 0, 1 or infinity")]
pub struct BadDepth;

impl Depth {
    /// Reads the field; without one the method's own default holds: infinity for PROPFIND, 0 for REPORT.
    ///
    /// # Errors
    /// The field has another value.
    pub fn parse(field: Option<&str>, default: Self) -> Result<Self, BadDepth> {
        match field.map(str::trim) {
            None => Ok(default),
            Some("0") => Ok(Self::Zero),
            Some("1") => Ok(Self::One),
            Some(text) if text.eq_ignore_ascii_case("infinity") => Ok(Self::Infinity),
            Some(_) => Err(BadDepth),
        }
    }
}

/// What the caller would rather have (RFC 8144), from `Prefer` or its older form `Brief`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=minimal`: nothing about properties that do not exist.
    pub minimal: bool,
    /// `depth-noroot`: nothing about the collection itself.
    pub no_root: bool,
}

impl Preferences {
    /// Reads `Prefer` (several fields joined with commas) and `Brief`. What is not understood is ignored, as both
    /// standards want.
    #[must_use]
    pub fn parse(prefer: Option<&str>, brief: Option<&str>) -> Self {
        let brief = brief.is_some_and(|value| value.trim().eq_ignore_ascii_case("t"));
        let mut preferences = Self {
            minimal: brief,
            no_root: false,
        };
        for preference in prefer.unwrap_or_default().split(',') {
            preferences.take(preference);
        }
        preferences
    }

    fn take(&mut self, preference: &str) {
        // Parameters of a preference follow a semicolon; these two have none.
        let token = preference.split(';').next().unwrap_or_default();
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "return" => self.minimal |= value.eq_ignore_ascii_case("minimal"),
            "depth-noroot" => self.no_root = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_has_three_values() {
        assert_eq!(Depth::parse(Some(" 0"), Depth::One), Ok(Depth::Zero));
        assert_eq!(Depth::parse(Some("1"), Depth::Zero), Ok(Depth::One));
        assert_eq!(
            Depth::parse(Some("Infinity"), Depth::Zero),
            Ok(Depth::Infinity)
        );
        assert_eq!(Depth::parse(None, Depth::Zero), Ok(Depth::Zero));
        assert_eq!(Depth::parse(Some("2"), Depth::Zero), Err(BadDepth));
        assert_eq!(Depth::parse(Some(""), Depth::Zero), Err(BadDepth));
    }

    #[test]
    fn preferences_come_from_either_field() {
        let minimal = |prefer, brief| Preferences::parse(prefer, brief).minimal;
        assert!(minimal(Some("return=minimal"), None));
        assert!(minimal(Some("wait=5, Return = \"minimal\"; x=y"), None));
        assert!(minimal(None, Some("t")));
        assert!(!minimal(Some("return=representation"), Some("f")));
        assert!(!minimal(None, None));
        assert!(Preferences::parse(Some("return=minimal, depth-noroot"), None).no_root);
    }
}
