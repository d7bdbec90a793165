//! What `phonebook` says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const CREATED: &str = "contact.created.v1";
pub const UPDATED: &str = "contact.updated.v1";
pub const DELETED: &str = "contact.deleted.v1";
pub const RESTORED: &str = "contact.restored.v1";

/// The data of every `contact.*` event: the contact as the API shows it at that version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContactChanged {
    pub contact: Value,
    /// Names of the top-level fields that this change touched; empty for a creation or a deletion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
}
