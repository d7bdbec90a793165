use super::MAX_PROPERTIES;
use crate::{
    BadHref, Condition, PropName, Status,
    filter::MAX_CONDITIONS,
    xml::{XmlError, XmlFault},
};
use thiserror::Error;

/// Why a request's body can not be answered. [`RequestError::to_body`] makes the answer of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    #[error(transparent)]
    Xml(#[from] XmlError),
    #[error("the outermost element is {found}, not {expected}")]
    Root { expected: String, found: PropName },
    #[error("{parent} has no {child}")]
    Missing {
        parent: PropName,
        child: &'static str,
    },
    #[error("{element} has no attribute {attribute}")]
    MissingAttribute {
        element: PropName,
        attribute: &'static str,
    },
    #[error("{attribute} of {element} can not be {value:?}")]
    Attribute {
        element: PropName,
        attribute: &'static str,
        value: String,
    },
    #[error("{element} can not be {text:?}")]
    Text { element: PropName, text: String },
    #[error("the href {href:?} {fault}")]
    Href { href: String, fault: BadHref },
    #[error("{0} has more than {MAX_PROPERTIES} properties")]
    TooManyProperties(PropName),
    #[error("the filter has more than {MAX_CONDITIONS} conditions")]
    TooManyConditions,
    #[error("{0} has is-not-defined together with other conditions")]
    Contradiction(PropName),
    #[error("there is no report {0}")]
    UnsupportedReport(PropName),
    #[error("there is no collation {0:?}")]
    UnsupportedCollation(String),
    #[error("cards are text/vcard 2.1, 3.0 or 4.0, not {0}")]
    UnsupportedAddressData(String),
    #[error("only collections and address books can be made, not {0}")]
    UnsupportedResourceType(PropName),
    #[error("collections are synchronised one level deep")]
    InfiniteSync,
}

impl RequestError {
    /// The condition of the standards that does not hold, when they name one.
    #[must_use]
    pub const fn condition(&self) -> Option<Condition> {
        match self {
            Self::UnsupportedReport(_) => Some(Condition::SupportedReport),
            Self::UnsupportedCollation(_) => Some(Condition::SupportedCollation),
            Self::UnsupportedAddressData(_) => Some(Condition::SupportedAddressData),
            Self::UnsupportedResourceType(_) => Some(Condition::ValidResourceType),
            Self::TooManyConditions => Some(Condition::SupportedFilter),
            Self::InfiniteSync => Some(Condition::SyncTraversalSupported),
            _ => None,
        }
    }

    /// What the answer's status is to be.
    #[must_use]
    pub fn status(&self) -> Status {
        if let Some(condition) = self.condition() {
            return condition.status();
        }
        match self {
            Self::Xml(XmlError { fault, .. }) => match fault {
                XmlFault::TooLarge(_) => Status::ContentTooLarge,
                XmlFault::Encoding(_) => Status::UnsupportedMediaType,
                _ => Status::BadRequest,
            },
            _ => Status::BadRequest,
        }
    }

    /// The body of the answer: a `DAV:error` with the condition and what is wrong.
    #[must_use]
    pub fn to_body(&self) -> String {
        crate::error_body(self.condition().as_ref(), &self.to_string())
    }
}
