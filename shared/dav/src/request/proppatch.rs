use super::{MAX_PROPERTIES, RequestError, read_root};
use crate::{
    Condition, Href, PropName, Property, Propstat, Response, Status, name::DAV, xml::Element,
};

/// The body of a PROPPATCH (RFC 4918, section 9.2): changes to be made in this order, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proppatch {
    pub changes: Vec<Change>,
}

/// One change of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub name: PropName,
    /// The new value: all text inside the element, without white space around it; that of an href is the href.
    /// None removes the property.
    pub value: Option<String>,
}

impl Proppatch {
    /// Reads a body of at most `max_bytes`.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn read(body: &[u8], max_bytes: usize) -> Result<Self, RequestError> {
        let root = read_root(body, max_bytes, DAV, "propertyupdate")?;
        let mut changes = Vec::new();
        for instruction in &root.children {
            if instruction.is(DAV, "set") {
                changes.extend(changed(instruction).map(Change::set));
            } else if instruction.is(DAV, "remove") {
                changes.extend(changed(instruction).map(Change::remove));
            }
        }
        bounded(changes, &root).map(|changes| Self { changes })
    }

    /// The answer when only these changes can be made: success for each, or, as none is made unless all are, 403 for
    /// those that can not and 424 for the others.
    #[must_use]
    pub fn answer(&self, href: Href, possible: impl Fn(&Change) -> bool) -> Response {
        Response::propstats(href, outcome(&self.changes, possible))
    }
}

impl Change {
    pub(super) fn set(element: &Element) -> Self {
        Self {
            name: element.name.clone(),
            value: Some(element.inner_text()),
        }
    }

    fn remove(element: &Element) -> Self {
        Self {
            name: element.name.clone(),
            value: None,
        }
    }
}

/// The elements in the `prop` of a `set` or `remove`.
pub(super) fn changed(instruction: &Element) -> impl Iterator<Item = &Element> {
    instruction
        .all(DAV, "prop")
        .flat_map(|prop| prop.children.iter())
}

pub(super) fn bounded(changes: Vec<Change>, root: &Element) -> Result<Vec<Change>, RequestError> {
    if changes.len() > MAX_PROPERTIES {
        return Err(RequestError::TooManyProperties(root.name.clone()));
    }
    Ok(changes)
}

/// What becomes of changes that are made together or not at all.
pub(super) fn outcome(changes: &[Change], possible: impl Fn(&Change) -> bool) -> Vec<Propstat> {
    let (can, can_not): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| possible(change));
    if can_not.is_empty() {
        return vec![Propstat::new(Status::Ok, bare(&can))];
    }
    let mut refused = Propstat::new(Status::Forbidden, bare(&can_not));
    refused.condition = Some(Condition::CannotModifyProtectedProperty);
    let mut groups = vec![refused];
    if !can.is_empty() {
        groups.push(Propstat::new(Status::FailedDependency, bare(&can)));
    }
    groups
}

/// The names, each once, however often it is changed.
fn bare(changes: &[&Change]) -> Vec<Property> {
    let mut properties: Vec<Property> = Vec::new();
    for change in changes {
        if properties.iter().all(|known| known.name != change.name) {
            properties.push(Property::bare(change.name.clone()));
        }
    }
    properties
}
