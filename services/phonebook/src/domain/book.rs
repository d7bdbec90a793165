//! Books: every contact lies in exactly one.

use ports::{Timestamp, TypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use web::EntityTag;

pub const ID_PREFIX: &str = "book";

/// The book that every tenant starts with, and that cannot be deleted.
pub const DEFAULT: &str = "book_00000000000000000000000000";

/// What the default book is called until somebody renames it.
const DEFAULT_NAME: &str = "Contacts";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    pub id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub version: u64,
    /// `None` for the default book, which was always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Its last segment in an address book's addresses, when a client chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Set while its contacts are on their way to the bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Book {
    #[must_use]
    pub fn new(name: String, description: Option<String>, now: Timestamp) -> Self {
        Self {
            id: TypeId::new(ID_PREFIX).into(),
            name,
            description,
            version: 1,
            created_at: Some(now),
            updated_at: Some(now),
            resource: None,
            deleted_at: None,
        }
    }

    /// The one that is there before anybody made one.
    #[must_use]
    pub fn default_one() -> Self {
        Self {
            id: DEFAULT.to_owned(),
            name: DEFAULT_NAME.to_owned(),
            description: None,
            version: 1,
            created_at: None,
            updated_at: None,
            resource: None,
            deleted_at: None,
        }
    }

    #[must_use]
    pub fn etag(&self) -> EntityTag {
        EntityTag::new(format_args!("v{}", self.version))
    }

    /// Its last segment in an address book's addresses.
    #[must_use]
    pub fn segment(&self) -> &str {
        self.resource.as_deref().unwrap_or(&self.id)
    }

    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/books/{}", self.id)
    }

    #[must_use]
    pub fn view(&self) -> Value {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        json!({
            "id": self.id, "name": self.name, "description": self.description, "version": self.version,
            "is_default": self.id == DEFAULT,
            "created_at": time(self.created_at), "updated_at": time(self.updated_at),
        })
    }
}
