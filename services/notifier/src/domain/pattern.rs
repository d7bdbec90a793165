//! Which events a subscription asks for.

use serde::{Deserialize, Serialize};
use web::Scopes;

const MAX_BYTES: usize = 100;

/// First segments of the event types that the system has, for patterns whose `*` stands inside of one.
const FAMILIES: [&str; 6] = ["contact", "group", "image", "message", "delivery", "job"];

/// `contact.created.v1`, `contact.created`, `contact.*` or `*`, as [`contracts::type_matches`] reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventPattern(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an event type such as contact.created.v1, or a prefix of types such as contact.*")]
pub struct InvalidPattern;

impl EventPattern {
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let name = text.strip_suffix('*').unwrap_or(text);
        let fits = (1..=MAX_BYTES).contains(&text.len())
            && name.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
            });
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPattern)
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn matches(&self, event_type: &str) -> bool {
        contracts::type_matches(&self.0, event_type)
    }

    /// Could a holder of these scopes be shown any event that the pattern matches?
    #[must_use]
    pub fn readable_with(&self, scopes: &Scopes) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) if !prefix.contains('.') => {
                scopes.cover("admin")
                    || FAMILIES
                        .iter()
                        .any(|family| family.starts_with(prefix) && scopes.may_read_event(family))
            }
            _ => scopes.may_read_event(&self.0),
        }
    }
}

impl TryFrom<String> for EventPattern {
    type Error = InvalidPattern;
    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        Self::parse(&text)
    }
}

impl From<EventPattern> for String {
    fn from(pattern: EventPattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use web::Scope;

    #[test]
    fn patterns_are_types_or_their_prefixes() {
        for good in [
            "*",
            "contact.*",
            "con*",
            "contact.created",
            "contact.created.v1",
        ] {
            assert!(EventPattern::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "**",
            "*.created",
            "contact.*.v1",
            "Contact.*",
            "contact created",
            "ü",
        ] {
            assert!(EventPattern::parse(bad).is_err(), "{bad}");
        }
        assert!(EventPattern::parse(&"a".repeat(101)).is_err());
    }

    #[test]
    fn a_pattern_needs_one_readable_type() {
        let contacts = Scopes(vec![Scope::parse("contacts:read").unwrap()]);
        let readable = |text| EventPattern::parse(text).unwrap().readable_with(&contacts);
        assert!(readable("*") && readable("con*") && readable("contact.*") && readable("group.*"));
        assert!(readable("contact.created") && readable("contact.created.v1"));
        assert!(!readable("image.*") && !readable("i*") && !readable("job.*") && !readable("x.y"));
        let all = EventPattern::parse("x.*").unwrap();
        assert!(all.readable_with(&Scopes::admin()) && !all.readable_with(&Scopes::default()));
    }

    proptest! {
        #[test]
        fn never_panics_and_a_good_one_matches_itself(text in "[a-z.*_]{0,12}|\\PC{0,20}") {
            if let Ok(pattern) = EventPattern::parse(&text) {
                prop_assert!(pattern.matches(text.trim_end_matches('*')));
            }
        }
    }
}
