//! What servers answer: multistatus bodies, written piece by piece, and errors.

mod condition;
mod document;
mod multistatus;
mod status;

pub use condition::Condition;
pub(crate) use document::mkcol_body;
pub use document::{error_body, principal_search_property_set};
pub use multistatus::Multistatus;
pub use status::Status;

use crate::{Href, Property};

/// What became of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    href: Href,
    outcome: Outcome,
    condition: Option<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Status(Status),
    Properties(Vec<Propstat>),
}

/// Properties of a resource that share a fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Propstat {
    pub status: Status,
    pub properties: Vec<Property>,
    /// Why, when the status is not enough.
    pub condition: Option<Condition>,
}

impl Propstat {
    #[must_use]
    pub const fn new(status: Status, properties: Vec<Property>) -> Self {
        Self {
            status,
            properties,
            condition: None,
        }
    }
}

impl Response {
    /// One status for the whole resource.
    #[must_use]
    pub const fn status(href: Href, status: Status) -> Self {
        Self {
            href,
            outcome: Outcome::Status(status),
            condition: None,
        }
    }

    /// There is nothing: a place in a multiget without a card, or a card that has been deleted since the token.
    #[must_use]
    pub const fn not_found(href: Href) -> Self {
        Self::status(href, Status::NotFound)
    }

    /// There is more than the answer tells; `href` is that of the request (RFC 6578, section 3.6; RFC 6352,
    /// section 8.6.2).
    #[must_use]
    pub const fn truncated(href: Href) -> Self {
        Self {
            href,
            outcome: Outcome::Status(Status::InsufficientStorage),
            condition: Some(Condition::NumberOfMatchesWithinLimits),
        }
    }

    /// Groups of properties; those with success first, as some clients read no further.
    #[must_use]
    pub fn propstats(href: Href, mut groups: Vec<Propstat>) -> Self {
        groups.sort_by_key(|group| group.status != Status::Ok);
        Self {
            href,
            outcome: Outcome::Properties(groups),
            condition: None,
        }
    }
}
