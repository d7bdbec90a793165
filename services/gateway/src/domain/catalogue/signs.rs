//! Which members of an operation's answer are to become signed URLs.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs {
    /// JSON pointer to the path that is to be signed.
    pub member: String,
    method: String,
    expires: String,
}

/// What an answer asks to have signed.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    pub method: &'a str,
    /// Path and query.
    pub url: &'a str,
    /// RFC 3339.
    pub expires: &'a str,
}

impl Signs {
    /// Entries that do not say all that is needed mean nothing.
    pub(super) fn read_all(value: Option<&Value>) -> Vec<Self> {
        let entries = value.and_then(Value::as_object).into_iter().flatten();
        let read = entries.filter_map(|(member, entry)| {
            Some(Self {
                member: member.clone(),
                method: entry.get("method")?.as_str()?.to_owned(),
                expires: entry.get("expires")?.as_str()?.to_owned(),
            })
        });
        read.collect()
    }

    #[must_use]
    pub fn wanted<'a>(&'a self, answer: &'a Value) -> Option<Wanted<'a>> {
        let text = |pointer: &str| answer.pointer(pointer)?.as_str();
        let method = match self.method.starts_with('/') {
            true => text(&self.method)?,
            false => &self.method,
        };
        Some(Wanted {
            method,
            url: text(&self.member)?,
            expires: text(&self.expires)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_method_is_said_or_pointed_at() {
        let declared = json!({
            "/url": { "method": "/verb", "expires": "/until" },
            "/put": { "method": "PUT", "expires": "/until" },
            "/bad": { "method": "PUT" },
        });
        let signs = Signs::read_all(Some(&declared));
        let answer = json!({ "url": "/a", "put": "/b", "verb": "GET", "until": "2030" });
        let wanted: Vec<_> = signs.iter().filter_map(|one| one.wanted(&answer)).collect();
        let methods: Vec<_> = wanted.iter().map(|one| (one.method, one.url)).collect();
        assert_eq!(methods, [("PUT", "/b"), ("GET", "/a")]);
        assert_eq!(signs[0].wanted(&json!({ "put": 5 })), None);
    }
}
