//! `TEL`, and what it has in common with `EMAIL`.

use super::{
    fields::Phone,
    kinds::{Kinds, PHONES},
    labels::Label,
    notes::{Notes, fitting, misfit},
};
use crate::{
    draft::{Content, Draft},
    property::Property,
};

const MAX_NUMBER_CHARS: usize = 100;
const MAX_LABEL_CHARS: usize = 200;

pub fn read(property: &Property<'_>, label: Option<&Label>, notes: &mut Notes) -> Option<Phone> {
    let at = (property.line(), "TEL");
    let number = fitting(number(property), MAX_NUMBER_CHARS, at, notes)?;
    let named = label.filter(|label| !(label.builtin && PHONES.of_label(&label.text).is_some()));
    let label_text = named.map(|label| label.text.clone()).unwrap_or_default();
    Some(Phone {
        number,
        kind: kind(&PHONES, property, label).map(str::to_owned),
        label: fitting(label_text, MAX_LABEL_CHARS, at, notes),
        primary: is_preferred(property).then_some(true),
    })
}

/// Apple's own labels say more than the types beside them.
pub fn kind(kinds: &Kinds, property: &Property<'_>, label: Option<&Label>) -> Option<&'static str> {
    label
        .filter(|label| label.builtin)
        .and_then(|label| kinds.of_label(&label.text))
        .or_else(|| kinds.of(property))
}

pub fn is_preferred(property: &Property<'_>) -> bool {
    property.has_type("pref") || property.parameter("PREF").any(|rank| rank.trim() == "1")
}

/// Whether a contact can hold this label.
pub fn is_label(text: &str) -> bool {
    misfit(text, MAX_LABEL_CHARS).is_none()
}

fn number(property: &Property<'_>) -> String {
    let text = property.text();
    match scheme_of(&text) {
        Some(number) if property.is_value("uri") => number.to_owned(),
        _ => text,
    }
}

fn scheme_of(text: &str) -> Option<&str> {
    let scheme = text.get(..4)?;
    let number = text.get(4..)?;
    scheme.eq_ignore_ascii_case("tel:").then_some(number)
}

/// Stays a URI (RFC 3966) where that can hold the number.
pub fn write_number(draft: &mut Draft, number: &str) {
    let is_uri = |(name, values): &(String, Vec<String>)| {
        name.eq_ignore_ascii_case("VALUE")
            && values.iter().any(|value| value.eq_ignore_ascii_case("uri"))
    };
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.()*#;=".contains(&byte);
    if draft.parameters.iter().any(is_uri) && number.bytes().all(plain) {
        draft.value = Content::Uri(format!("tel:{number}"));
    } else {
        draft.remove_parameter("VALUE");
        draft.value = Content::Text(number.to_owned());
    }
}
