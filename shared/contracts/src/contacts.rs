//! What `phonebook` says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const CREATED: &str = "contact.created.v1";
pub const UPDATED: &str = "contact.updated.v1";
pub const DELETED: &str = "contact.deleted.v1";
pub const RESTORED: &str = "contact.restored.v1";

/// On the day, in the tenant's time zone.
pub const BIRTHDAY: &str = "contact.birthday.v1";

/// The data of every other `contact.*` event: the contact as the API shows it at that version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContactChanged {
    pub contact: Value,
    /// Names of the top-level fields that this change touched; empty for a creation or a deletion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}

/// The data of [`BIRTHDAY`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContactBirthday {
    /// As the API shows it on that day.
    pub contact: Value,
    /// The day that it is, `YYYY-MM-DD`.
    pub date: String,
    /// In years; absent when the year of birth is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u32>,
}
