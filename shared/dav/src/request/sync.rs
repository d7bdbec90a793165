use super::{AddressDataRequest, RequestError, Selection, bad_text, limit, missing};
use crate::{name::DAV, xml::Element};
use std::num::NonZeroU32;

/// What has changed in a collection since a token was given out (RFC 6578, section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncCollection {
    /// None at the first time.
    pub token: Option<String>,
    pub selection: Selection,
    /// How the cards themselves are wanted; none if they are not.
    pub address_data: Option<AddressDataRequest>,
    /// More results than these are not wanted; the answer then says that it is truncated.
    pub limit: Option<NonZeroU32>,
}

impl SyncCollection {
    pub(super) fn read(root: &Element) -> Result<Self, RequestError> {
        check_level(root)?;
        let token = root
            .first(DAV, "sync-token")
            .ok_or_else(|| missing(root, "sync-token"))?;
        let token = token.text.trim();
        Ok(Self {
            token: (!token.is_empty()).then(|| token.to_owned()),
            selection: Selection::optional(root)?,
            address_data: AddressDataRequest::find(root)?,
            limit: limit(root, DAV)?,
        })
    }
}

/// Drafts of the standard had the level in `Depth`; who leaves the element out still means the members alone.
fn check_level(root: &Element) -> Result<(), RequestError> {
    let Some(level) = root.first(DAV, "sync-level") else {
        return Ok(());
    };
    match level.text.trim() {
        "1" => Ok(()),
        "infinite" | "infinity" => Err(RequestError::InfiniteSync),
        _ => Err(bad_text(level)),
    }
}
