//! What `phonebook` says of groups. Who joins or leaves one changes: that is a `contact.updated`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const CREATED: &str = "group.created.v1";
pub const UPDATED: &str = "group.updated.v1";
pub const DELETED: &str = "group.deleted.v1";

/// The data of every `group.*` event: the group as the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupChanged {
    pub group: Value,
}
