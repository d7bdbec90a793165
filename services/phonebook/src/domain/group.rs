//! Groups: sets of contacts, across books.

use ports::{Timestamp, TypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use web::EntityTag;

pub const ID_PREFIX: &str = "grp";

/// Most groups that one contact is a member of.
pub const MAX_MEMBERSHIPS: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Id of the item of its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Set while its memberships are being ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Group {
    #[must_use]
    pub fn new(name: String, description: Option<String>, now: Timestamp) -> Self {
        Self {
            id: TypeId::new(ID_PREFIX).into(),
            name,
            description,
            version: 1,
            created_at: now,
            updated_at: now,
            card: None,
            deleted_at: None,
        }
    }

    /// Its next version, by another name.
    #[must_use]
    pub fn renamed(&self, name: String, now: Timestamp) -> Self {
        Self {
            name,
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        }
    }

    #[must_use]
    pub fn etag(&self) -> EntityTag {
        EntityTag::new(format_args!("v{}", self.version))
    }

    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/groups/{}", self.id)
    }

    #[must_use]
    pub fn view(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "description": self.description, "version": self.version,
            "created_at": self.created_at.to_string(), "updated_at": self.updated_at.to_string(),
        })
    }
}
