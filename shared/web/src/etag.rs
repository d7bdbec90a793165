use crate::{Problem, ProblemKind};
use actix_web::http::header::{self, HeaderMap};
use std::fmt;

/// A strong entity tag (RFC 9110, section 8.8.3), without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    pub fn new(opaque: impl fmt::Display) -> Self {
        Self(opaque.to_string())
    }

    /// Is this tag among those of an `If-Match` or `If-None-Match` field? `weak` compares as `If-None-Match` does.
    fn listed_in(&self, field: &str, weak: bool) -> bool {
        field.trim() == "*"
            || field.split(',').map(str::trim).any(|tag| {
                let (tag, is_weak) = tag
                    .strip_prefix("W/")
                    .map_or((tag, false), |rest| (rest, true));
                (weak || !is_weak)
                    && tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')) == Some(&self.0)
            })
    }

    /// Does `If-None-Match` hold this tag, so that a GET is answered 304?
    #[must_use]
    pub fn unchanged_for(&self, headers: &HeaderMap) -> bool {
        fields(headers, header::IF_NONE_MATCH).any(|field| self.listed_in(field, true))
    }

    /// Reads back what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix('"')?
            .strip_suffix('"')
            .map(|opaque| Self(opaque.to_owned()))
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0)
    }
}

fn fields(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
}

/// The conditions that a caller set for an unsafe request.
#[derive(Debug, Clone, Copy)]
pub struct Precondition<'a>(&'a HeaderMap);

impl<'a> Precondition<'a> {
    #[must_use]
    pub const fn of(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }

    #[must_use]
    pub fn has_if_match(self) -> bool {
        self.0.contains_key(header::IF_MATCH)
    }

    /// 412 when `If-Match` does not hold the present tag, or `If-None-Match` does. `None`: there is nothing yet.
    pub fn check(self, present: Option<&EntityTag>) -> Result<(), Problem> {
        let stale = |detail| Err(Problem::new(ProblemKind::PreconditionFailed, detail));
        if self.has_if_match()
            && !present.is_some_and(|tag| {
                fields(self.0, header::IF_MATCH).any(|field| tag.listed_in(field, false))
            })
        {
            return stale(
                "If-Match names another version than the present one; get it and try again",
            );
        }
        if present.is_some_and(|tag| {
            fields(self.0, header::IF_NONE_MATCH).any(|field| tag.listed_in(field, true))
        }) {
            return stale("If-None-Match names the present version");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(name, HeaderValue::from_static(value));
        map
    }

    #[test]
    fn if_match_is_strong_and_if_none_match_is_weak() {
        let tag = EntityTag::new(7);
        assert!(
            Precondition::of(&headers(header::IF_MATCH, "\"6\", \"7\""))
                .check(Some(&tag))
                .is_ok()
        );
        assert!(
            Precondition::of(&headers(header::IF_MATCH, "*"))
                .check(Some(&tag))
                .is_ok()
        );
        assert!(
            Precondition::of(&headers(header::IF_MATCH, "*"))
                .check(None)
                .is_err()
        );
        assert!(
            Precondition::of(&headers(header::IF_MATCH, "W/\"7\""))
                .check(Some(&tag))
                .is_err()
        );
        assert!(
            Precondition::of(&headers(header::IF_MATCH, "\"6\""))
                .check(Some(&tag))
                .is_err()
        );
        assert!(
            Precondition::of(&headers(header::IF_NONE_MATCH, "*"))
                .check(Some(&tag))
                .is_err()
        );
        assert!(
            Precondition::of(&headers(header::IF_NONE_MATCH, "*"))
                .check(None)
                .is_ok()
        );
        assert!(tag.unchanged_for(&headers(header::IF_NONE_MATCH, "W/\"7\"")));
        assert!(!tag.unchanged_for(&headers(header::IF_NONE_MATCH, "\"8\"")));
    }
}
