use super::{AddressDataRequest, RequestError, Selection, limit, missing};
use crate::{
    Filter, Href, href,
    name::{CARDDAV, DAV},
    xml::Element,
};
use std::num::NonZeroU32;

/// Which cards fulfil a condition (RFC 6352, section 8.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressbookQuery {
    pub selection: Selection,
    /// How the cards themselves are wanted; none if they are not.
    pub address_data: Option<AddressDataRequest>,
    pub filter: Filter,
    /// More results than these are not wanted; the answer then says that it is truncated.
    pub limit: Option<NonZeroU32>,
}

/// The cards at these places (RFC 6352, section 8.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressbookMultiget {
    pub selection: Selection,
    /// How the cards themselves are wanted; none if they are not.
    pub address_data: Option<AddressDataRequest>,
    /// At least one, in the order asked for.
    pub hrefs: Vec<Href>,
}

impl AddressbookQuery {
    pub(super) fn read(root: &Element) -> Result<Self, RequestError> {
        let filter = match root.first(CARDDAV, "filter") {
            Some(filter) => Filter::read(filter)?,
            // The standard requires one; clients that leave it out mean all cards.
            None => Filter::default(),
        };
        Ok(Self {
            selection: Selection::optional(root)?,
            address_data: AddressDataRequest::find(root)?,
            filter,
            limit: limit(root, CARDDAV)?,
        })
    }
}

impl AddressbookMultiget {
    pub(super) fn read(root: &Element) -> Result<Self, RequestError> {
        let hrefs: Vec<Href> = root
            .all(DAV, "href")
            .map(|element| read_href(&element.text))
            .collect::<Result<_, _>>()?;
        if hrefs.is_empty() {
            return Err(missing(root, "href"));
        }
        Ok(Self {
            selection: Selection::optional(root)?,
            address_data: AddressDataRequest::find(root)?,
            hrefs,
        })
    }
}

fn read_href(text: &str) -> Result<Href, RequestError> {
    Href::parse(text).map_err(|fault| RequestError::Href {
        href: href::named(text),
        fault,
    })
}
