//! What properties hold.

mod kinds;
mod write;

pub use kinds::{CardVersion, Privilege, ReportKind, ResourceType};
pub(crate) use write::write_href;

use crate::{Collation, Href, PropName};
use std::borrow::Cow;
use time::OffsetDateTime;

/// The value of a property, before it is XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The element alone.
    Empty,
    Text(Cow<'static, str>),
    Number(u64),
    /// `DAV:creationdate`, written as RFC 3339.
    Created(OffsetDateTime),
    /// `DAV:getlastmodified`, written as an HTTP date.
    Modified(OffsetDateTime),
    /// One or more `DAV:href`.
    Hrefs(Vec<Href>),
    /// `DAV:unauthenticated`, for `DAV:current-user-principal` of a stranger.
    Unauthenticated,
    ResourceType(Vec<ResourceType>),
    Reports(Vec<ReportKind>),
    Privileges(Vec<Privilege>),
    /// Of `CARDDAV:supported-address-data`.
    CardVersions(Vec<CardVersion>),
    Collations(Vec<Collation>),
    /// Of `CARDDAV:address-data`: a card, byte for byte.
    Card {
        version: CardVersion,
        text: String,
    },
}

impl Value {
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }

    #[must_use]
    pub fn href(href: Href) -> Self {
        Self::Hrefs(vec![href])
    }

    /// What an address book is.
    #[must_use]
    pub fn address_book() -> Self {
        Self::ResourceType(vec![ResourceType::Collection, ResourceType::AddressBook])
    }
}

/// A property with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub name: PropName,
    pub value: Value,
}

impl Property {
    pub const fn new(name: PropName, value: Value) -> Self {
        Self { name, value }
    }

    /// The name alone, for answers that only say what became of it.
    pub const fn bare(name: PropName) -> Self {
        Self::new(name, Value::Empty)
    }
}

/// So that a list of properties reads like a table.
impl From<(PropName, Value)> for Property {
    fn from((name, value): (PropName, Value)) -> Self {
        Self::new(name, value)
    }
}
