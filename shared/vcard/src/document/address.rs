//! `ADR`: of its seven components, a contact has the last five.

use super::{
    fields::Address,
    kinds::PLACES,
    labels::Label,
    notes::{Notes, fitting},
    phone,
};
use crate::{
    codec::escape,
    draft::{Content, Draft},
    property::Property,
    version::Version,
};

const MAX_STREET_CHARS: usize = 500;
const MAX_LINE_CHARS: usize = 200;
/// Post office box and extended address come before the street.
const STREET: usize = 2;
const COMPONENTS: usize = 7;

/// `None` for one that says nothing.
pub fn read(property: &Property<'_>, label: Option<&Label>, notes: &mut Notes) -> Option<Address> {
    let at = (property.line(), "ADR");
    let components = property.components();
    if components
        .iter()
        .take(STREET)
        .any(|part| !part.trim().is_empty())
    {
        notes.add(at.0, at.1, "has a post office box or an extended address");
    }
    let mut address = Address {
        kind: phone::kind(&PLACES, property, label).map(str::to_owned),
        ..Address::default()
    };
    let mut components = components.into_iter().skip(STREET);
    for (index, part) in address.parts_mut().into_iter().enumerate() {
        let max = if index == 0 {
            MAX_STREET_CHARS
        } else {
            MAX_LINE_CHARS
        };
        let component = components.next().unwrap_or_default();
        *part = fitting(component, max, at, notes);
    }
    (!address.is_empty()).then_some(address)
}

/// The draft of an address: a new one, or the present one with other parts.
pub fn write(
    present: Option<(&Property<'_>, &Address)>,
    address: &Address,
    version: Version,
) -> Draft {
    let mut draft = match present {
        Some((property, _)) => Draft::of(property),
        None => Draft::text("ADR", ""),
    };
    let mut components =
        present.map_or_else(Vec::new, |(property, _)| property.escaped_components());
    components.resize(components.len().max(COMPONENTS), String::new());
    let before = present.map(|(_, before)| before.parts());
    let before = before.unwrap_or([&None; 5]);
    let parts = address.parts().into_iter().zip(before);
    for (component, (part, before)) in components.iter_mut().skip(STREET).zip(parts) {
        if part != before {
            *component = escape::escape(part.as_deref().unwrap_or_default(), version);
        }
    }
    draft.value = Content::Escaped(components.join(";"));
    if present.is_some_and(|(_, before)| before.parts() != address.parts()) {
        // What was to be printed on the envelope is wrong now.
        draft.remove_parameter("LABEL");
    }
    draft
}
