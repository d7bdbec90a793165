//! What clients ask for: request bodies as values.

mod address_data;
mod error;
mod mkcol;
mod propfind;
mod proppatch;
mod query;
mod report;
mod search;
mod selection;
mod sync;

pub use address_data::{AddressDataRequest, WantedProperty};
pub use error::RequestError;
pub use mkcol::Mkcol;
pub use propfind::Propfind;
pub use proppatch::{Change, Proppatch};
pub use query::{AddressbookMultiget, AddressbookQuery};
pub use report::Report;
pub use search::{PrincipalPropertySearch, PropertySearch};
pub use selection::{MAX_PROPERTIES, Selection};
pub use sync::SyncCollection;

use crate::{
    PropName,
    xml::{self, Element, excerpt},
};
use std::num::NonZeroU32;

/// Reads a body whose outermost element must have this name.
fn read_root(
    body: &[u8],
    max_bytes: usize,
    namespace: &str,
    local: &str,
) -> Result<Element, RequestError> {
    let root = xml::parse(body, max_bytes)?;
    if root.is(namespace, local) {
        return Ok(root);
    }
    Err(RequestError::Root {
        expected: local.to_owned(),
        found: root.name,
    })
}

fn is_blank(body: &[u8]) -> bool {
    body.trim_ascii().is_empty()
}

/// The limit in `limit/nresults` of either standard.
fn limit(root: &Element, namespace: &str) -> Result<Option<NonZeroU32>, RequestError> {
    let results = root
        .first(namespace, "limit")
        .and_then(|limit| limit.first(namespace, "nresults"));
    let Some(results) = results else {
        return Ok(None);
    };
    let text = results.text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // More than fits is as good as no limit.
    let number = text.parse().unwrap_or(u32::MAX);
    match NonZeroU32::new(number) {
        Some(limit) if is_number => Ok(Some(limit)),
        _ => Err(bad_text(results)),
    }
}

pub(crate) fn required_attribute<'a>(
    element: &'a Element,
    attribute: &'static str,
) -> Result<&'a str, RequestError> {
    element
        .attribute(attribute)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| RequestError::MissingAttribute {
            element: element.name.clone(),
            attribute,
        })
}

pub(crate) fn bad_attribute(
    element: &Element,
    attribute: &'static str,
    value: &str,
) -> RequestError {
    RequestError::Attribute {
        element: element.name.clone(),
        attribute,
        value: excerpt(value),
    }
}

fn bad_text(element: &Element) -> RequestError {
    RequestError::Text {
        element: element.name.clone(),
        text: excerpt(&element.text),
    }
}

fn missing(parent: &Element, child: &'static str) -> RequestError {
    RequestError::Missing {
        parent: parent.name.clone(),
        child,
    }
}

/// The names inside an element, each once, within the limit.
fn names_in(element: &Element) -> Result<Vec<PropName>, RequestError> {
    if element.children.len() > MAX_PROPERTIES {
        return Err(RequestError::TooManyProperties(element.name.clone()));
    }
    Ok(element.child_names())
}
