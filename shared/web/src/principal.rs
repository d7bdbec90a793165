use ports::{Error, Result, Tenant};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Resources that have a `:read` and a `:write` scope.
pub const RESOURCES: [&str; 8] = [
    "contacts",
    "images",
    "topics",
    "subscriptions",
    "deliveries",
    "notifications",
    "events",
    "keys",
];

/// `contacts:read`, `admin`, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

impl Scope {
    pub fn parse(text: &str) -> Result<Self> {
        let known = text == "admin"
            || text.split_once(':').is_some_and(|(resource, access)| {
                RESOURCES.contains(&resource) && matches!(access, "read" | "write")
            });
        if known {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(format!("{text:?} is no scope")))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Scope {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

/// What a key may do. `admin` covers every scope of its tenant; a `:write` does not imply its `:read`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes(pub Vec<Scope>);

impl Scopes {
    #[must_use]
    pub fn admin() -> Self {
        Self(vec![Scope("admin".to_owned())])
    }

    #[must_use]
    pub fn cover(&self, needed: &str) -> bool {
        self.0
            .iter()
            .any(|scope| scope.0 == "admin" || scope.0 == needed)
    }

    /// May the holder see events of this type? An event needs its resource's read scope: `contact.created.v1` needs `contacts:read`.
    #[must_use]
    pub fn may_read_event(&self, event_type: &str) -> bool {
        let resource = match event_type.split('.').next().unwrap_or_default() {
            "contact" | "group" => "contacts:read",
            "image" => "images:read",
            "message" => "topics:read",
            "delivery" => "deliveries:read",
            "job" => "events:read",
            _ => "admin",
        };
        self.cover(resource)
    }
}

/// On whose behalf a request is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub tenant: Tenant,
    /// The id of the key, never the key.
    pub key_id: String,
    pub scopes: Scopes,
    /// The key that the installation was started with; it alone manages tenants.
    #[serde(default)]
    pub root: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_cover_what_they_say() {
        let scopes = Scopes(vec![Scope::parse("contacts:read").unwrap()]);
        assert!(scopes.cover("contacts:read") && !scopes.cover("contacts:write"));
        assert!(
            scopes.may_read_event("contact.created.v1") && !scopes.may_read_event("image.ready.v1")
        );
        assert!(Scopes::admin().cover("keys:write"));
        assert!(Scope::parse("contacts:delete").is_err() && Scope::parse("Contacts:read").is_err());
    }
}
