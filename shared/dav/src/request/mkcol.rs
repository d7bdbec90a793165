use super::{
    RequestError, is_blank,
    proppatch::{Change, bounded, changed, outcome},
    read_root,
};
use crate::{
    PropName, Propstat,
    name::{CARDDAV, DAV, prop},
    response,
    xml::Element,
};

/// The body of a MKCOL, extended or not (RFC 5689; RFC 6352, section 6.3.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mkcol {
    /// Is it to be an address book, or just a collection?
    pub address_book: bool,
    /// The other properties that it begins with.
    pub properties: Vec<Change>,
}

impl Mkcol {
    /// Reads a body of at most `max_bytes`. An empty one makes a plain collection.
    ///
    /// # Errors
    /// See [`RequestError`]: among others, a resource type that is neither a collection nor an address book.
    pub fn read(body: &[u8], max_bytes: usize) -> Result<Self, RequestError> {
        if is_blank(body) {
            return Ok(Self::default());
        }
        let root = read_root(body, max_bytes, DAV, "mkcol")?;
        let (types, others): (Vec<&Element>, Vec<&Element>) = root
            .all(DAV, "set")
            .flat_map(changed)
            .partition(|element| element.name == prop::RESOURCETYPE);
        let mut address_book = false;
        for kind in types.iter().flat_map(|element| &element.children) {
            address_book |= is_address_book(kind)?;
        }
        let properties = others.into_iter().map(Change::set).collect();
        Ok(Self {
            address_book,
            properties: bounded(properties, &root)?,
        })
    }

    /// The value that a property is to begin with.
    #[must_use]
    pub fn value(&self, name: &PropName) -> Option<&str> {
        let change = self.properties.iter().find(|change| change.name == *name)?;
        change.value.as_deref()
    }

    /// The body of the answer when the collection can begin with only these properties, and so is not made (424).
    #[must_use]
    pub fn refusal(&self, possible: impl Fn(&Change) -> bool) -> String {
        let groups: Vec<Propstat> = outcome(&self.properties, possible);
        response::mkcol_body(&groups)
    }
}

fn is_address_book(kind: &Element) -> Result<bool, RequestError> {
    if kind.is(CARDDAV, "addressbook") {
        Ok(true)
    } else if kind.is(DAV, "collection") {
        Ok(false)
    } else {
        Err(RequestError::UnsupportedResourceType(kind.name.clone()))
    }
}
