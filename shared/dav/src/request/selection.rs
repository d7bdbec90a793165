use super::{missing, names_in};
use crate::{
    Href, PropName, Property, Propstat, RequestError, Response, Status, name::DAV, xml::Element,
};

/// How many properties one request may name: each answer lists those that it has not.
pub const MAX_PROPERTIES: usize = 128;

/// The properties that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `DAV:allprop`: those of RFC 4918, and the included ones.
    All { include: Vec<PropName> },
    /// `DAV:propname`: the names of all, without values.
    Names,
    /// `DAV:prop`: these.
    Listed(Vec<PropName>),
}

impl Selection {
    pub(super) fn read(root: &Element) -> Result<Option<Self>, RequestError> {
        if let Some(prop) = root.first(DAV, "prop") {
            return Ok(Some(Self::Listed(names_in(prop)?)));
        }
        if root.first(DAV, "propname").is_some() {
            return Ok(Some(Self::Names));
        }
        if root.first(DAV, "allprop").is_none() {
            return Ok(None);
        }
        let include = match root.first(DAV, "include") {
            Some(include) => names_in(include)?,
            None => Vec::new(),
        };
        Ok(Some(Self::All { include }))
    }

    pub(super) fn required(root: &Element) -> Result<Self, RequestError> {
        Self::read(root)?.ok_or_else(|| missing(root, "prop, allprop or propname"))
    }

    /// A report may leave its choice out and then gets none.
    pub(super) fn optional(root: &Element) -> Result<Self, RequestError> {
        Ok(Self::read(root)?.unwrap_or(Self::Listed(Vec::new())))
    }

    /// Is a property asked for by its name? If not, a costly value need not be made.
    #[must_use]
    pub fn names(&self, name: &PropName) -> bool {
        match self {
            Self::All { include } => include.contains(name),
            Self::Names => false,
            Self::Listed(names) => names.contains(name),
        }
    }

    /// The response of a resource that has these properties and no others.
    #[must_use]
    pub fn answer(&self, href: Href, properties: Vec<Property>) -> Response {
        match self {
            Self::All { include } => {
                let chosen = |name: &PropName| name.in_allprop() || include.contains(name);
                let found = properties.into_iter().filter(|one| chosen(&one.name));
                respond(href, found.collect(), Vec::new())
            }
            Self::Names => {
                let found = properties.into_iter().map(|one| Property::bare(one.name));
                respond(href, found.collect(), Vec::new())
            }
            Self::Listed(names) => {
                let (found, missing) = pick(names, properties);
                respond(href, found, missing)
            }
        }
    }
}

/// What of these names is there, and what is not, both in the order asked for.
fn pick(names: &[PropName], mut properties: Vec<Property>) -> (Vec<Property>, Vec<Property>) {
    let mut found = Vec::with_capacity(names.len());
    let mut missing = Vec::new();
    for name in names {
        match properties.iter().position(|one| one.name == *name) {
            Some(index) => found.push(properties.swap_remove(index)),
            None => missing.push(Property::bare(name.clone())),
        }
    }
    (found, missing)
}

/// A response needs at least one group, be it an empty one.
fn respond(href: Href, found: Vec<Property>, missing: Vec<Property>) -> Response {
    let mut groups = Vec::with_capacity(2);
    if !found.is_empty() || missing.is_empty() {
        groups.push(Propstat::new(Status::Ok, found));
    }
    if !missing.is_empty() {
        groups.push(Propstat::new(Status::NotFound, missing));
    }
    Response::propstats(href, groups)
}
