use super::{
    AddressbookMultiget, AddressbookQuery, PrincipalPropertySearch, RequestError, SyncCollection,
};
use crate::{
    name::{CARDDAV, DAV},
    xml,
};

/// The body of a REPORT (RFC 3253, section 3.6), of one of the kinds that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    Query(AddressbookQuery),
    Multiget(AddressbookMultiget),
    Sync(SyncCollection),
    PrincipalSearch(PrincipalPropertySearch),
    /// Which properties principals can be searched by; see [`crate::principal_search_property_set`].
    PrincipalSearchProperties,
}

impl Report {
    /// Reads a body of at most `max_bytes`.
    ///
    /// # Errors
    /// See [`RequestError`]: a report of another kind is [`RequestError::UnsupportedReport`].
    pub fn read(body: &[u8], max_bytes: usize) -> Result<Self, RequestError> {
        let root = xml::parse(body, max_bytes)?;
        match (root.name.namespace(), root.name.local()) {
            (CARDDAV, "addressbook-query") => AddressbookQuery::read(&root).map(Self::Query),
            (CARDDAV, "addressbook-multiget") => {
                AddressbookMultiget::read(&root).map(Self::Multiget)
            }
            (DAV, "sync-collection") => SyncCollection::read(&root).map(Self::Sync),
            (DAV, "principal-property-search") => {
                PrincipalPropertySearch::read(&root).map(Self::PrincipalSearch)
            }
            (DAV, "principal-search-property-set") => Ok(Self::PrincipalSearchProperties),
            _ => Err(RequestError::UnsupportedReport(root.name)),
        }
    }
}
