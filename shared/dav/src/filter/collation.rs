use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// How texts are compared (RFC 4790); the three that RFC 6352, section 8.3, asks for or allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collation {
    /// `i;ascii-casemap`: the letters A to Z match in either case.
    AsciiCasemap,
    /// `i;octet`: byte for byte.
    Octet,
    /// `i;unicode-casemap` (RFC 5051): all letters match in either case, composed or not.
    #[default]
    UnicodeCasemap,
}

impl Collation {
    /// For `CARDDAV:supported-collation-set`.
    pub const ALL: [Self; 3] = [Self::AsciiCasemap, Self::Octet, Self::UnicodeCasemap];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsciiCasemap => "i;ascii-casemap",
            Self::Octet => "i;octet",
            Self::UnicodeCasemap => "i;unicode-casemap",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// A form in which texts are equal byte for byte exactly when this collation calls them equal.
    #[must_use]
    pub fn fold(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Octet => Cow::Borrowed(text),
            Self::AsciiCasemap => Cow::Owned(text.to_ascii_uppercase()),
            Self::UnicodeCasemap if text.is_ascii() => Cow::Owned(text.to_ascii_uppercase()),
            Self::UnicodeCasemap => Cow::Owned(text.nfkd().map(simple_uppercase).collect()),
        }
    }
}

/// The mapping of one character to one: `ß` stays, as RFC 5051 has it. Decomposing first makes upper case do for the
/// title case that it names: only characters that decompose tell the two apart, and Georgian letters, which match more.
fn simple_uppercase(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(collation: Collation, a: &str, b: &str) -> bool {
        collation.fold(a) == collation.fold(b)
    }

    #[test]
    fn unicode_ignores_case_and_composition() {
        for (a, b) in [
            ("MÜLLER", "müller"),
            ("Mu\u{308}ller", "müller"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Ǆ", "ǆ"),
            ("ﬁ", "FI"),
            ("ᾳ", "ᾼ"),
            ("İ", "i̇"),
            ("plain", "PLAIN"),
        ] {
            assert!(same(Collation::UnicodeCasemap, a, b), "{a} {b}");
        }
        assert!(!same(Collation::UnicodeCasemap, "Müller", "Muller"));
        assert!(!same(Collation::UnicodeCasemap, "ß", "ss"));
    }

    #[test]
    fn ascii_knows_no_other_letters() {
        assert!(same(Collation::AsciiCasemap, "daboo", "DABOO"));
        assert!(!same(Collation::AsciiCasemap, "müller", "MÜLLER"));
        assert!(!same(Collation::Octet, "daboo", "Daboo"));
    }

    #[test]
    fn names_are_read_back() {
        for collation in Collation::ALL {
            assert_eq!(Collation::parse(collation.name()), Some(collation));
        }
        assert_eq!(Collation::parse("i;basic"), None);
    }
}
