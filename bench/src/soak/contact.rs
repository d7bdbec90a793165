//! A contact as the gateway shows it, as far as it matters here.

use super::ledger::Promised;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Contact {
    pub id: String,
    pub version: u64,
    pub name: Name,
    /// Every update adds a member of its own here, so that a lost one shows.
    #[serde(default)]
    pub custom: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Name {
    pub given: Option<String>,
}

impl Contact {
    /// Acknowledged updates that are not in it.
    pub fn lacks<'a>(&'a self, promised: &'a Promised) -> impl Iterator<Item = &'a str> {
        let updates = promised.updates.iter().map(String::as_str);
        updates.filter(|update| !self.custom.contains_key(*update))
    }

    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name.given.as_deref() == Some(name)
    }
}
