//! From 2.1 to 3.0.

use super::{
    common::{assemble, holds_bytes, media, renamed},
    names,
};
use crate::{
    card::Card,
    draft::{Content, Draft},
    property::Property,
    version::{Target, Version},
};

pub fn convert(card: &Card) -> Card {
    let drafts = card.properties().filter_map(|property| draft(&property));
    assemble(card, Target::V3_0, drafts.collect())
}

fn draft(property: &Property<'_>) -> Option<Draft> {
    let name = property.name();
    let mut draft = renamed(property, &names::in_v3(name));
    if name == "VERSION" {
        return None;
    }
    if holds_bytes(name)
        && let Some(media) = media(property, Version::V3_0)
    {
        return Some(media);
    }
    draft.value = match name {
        "N" | "ADR" | "ORG" => Content::Components(property.components()),
        "GEO" => Content::Components(
            property
                .text()
                .split([',', ';'])
                .map(str::to_owned)
                .collect(),
        ),
        "URL" => Content::Uri(property.text()),
        "AGENT" => Content::Text(nested(property)),
        // Nobody knows what semicolons mean there, so they stay.
        name if name.starts_with("X-") => Content::Components(property.components()),
        _ => Content::Text(property.text()),
    };
    value_type(&mut draft);
    Some(draft)
}

/// The card in the card, in the same version as the one around it.
fn nested(property: &Property<'_>) -> String {
    let text = property.text();
    match Card::parse(text.as_bytes()) {
        Ok(card) if card.version() == Version::V2_1 => {
            String::from_utf8_lossy(&convert(&card).to_bytes()).into_owned()
        }
        _ => text,
    }
}

/// 2.1 says where a value is, 3.0 what it is.
fn value_type(draft: &mut Draft) {
    let is_url = |(name, values): &(String, Vec<String>)| {
        name.eq_ignore_ascii_case("VALUE")
            && values.iter().any(|value| value.eq_ignore_ascii_case("URL"))
    };
    let is_url = draft.parameters.iter().any(is_url);
    draft.remove_parameter("VALUE");
    if is_url && draft.name != "URL" {
        draft.set_parameter("VALUE", "uri".to_owned());
    }
}
