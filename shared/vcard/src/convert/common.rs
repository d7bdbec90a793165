//! What conversions have in common.

use super::names;
use crate::{
    card::{Card, Edits, Photo},
    draft::{Content, Draft},
    property::Property,
    version::{Target, Version},
};
use std::collections::HashSet;

/// A new card of these properties.
pub fn assemble(card: &Card, target: Target, drafts: Vec<Draft>) -> Card {
    let is_v4 = target == Target::V4_0;
    let mut seen = HashSet::new();
    let mut edits = Edits::default();
    for mut draft in drafts {
        if names::is_single(&draft.name, is_v4) && !seen.insert(draft.name.clone()) {
            draft.name.insert_str(0, "X-");
        }
        seen.insert(draft.name.clone());
        edits.add(draft);
    }
    if !seen.contains("FN") {
        edits.add(Draft::text("FN", shown(card)));
    }
    if !is_v4 && !seen.contains("N") {
        edits.add(Draft::new("N", Content::Components(vec![String::new(); 5])));
    }
    Card::empty(target).edited(&edits)
}

/// What to call a card that has no `FN`.
fn shown(card: &Card) -> String {
    let text = |name: &str| {
        let property = card.first(name);
        property.map(|property| property.text().trim().to_owned())
    };
    let name = card.first("N").map(|name| {
        let order = [3, 1, 2, 0, 4];
        let parts = name.components();
        let spoken = order.iter().filter_map(|index| parts.get(*index));
        let spoken: Vec<_> = spoken
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        spoken.join(" ")
    });
    let organization = card
        .first("ORG")
        .and_then(|org| org.components().into_iter().next());
    [
        name,
        organization,
        text("NICKNAME"),
        text("EMAIL"),
        text("TEL"),
    ]
    .into_iter()
    .flatten()
    .find(|text| !text.is_empty())
    .unwrap_or_default()
}

/// The property as it is, under another name. Names with `X-` keep their spelling: not everybody ignores case there.
pub fn renamed(property: &Property<'_>, name: &str) -> Draft {
    if name == property.name() && name.starts_with("X-") {
        return Draft::of(property);
    }
    let mut draft = Draft::of(property);
    draft.rename(name);
    draft
}

pub fn holds_bytes(name: &str) -> bool {
    matches!(name, "PHOTO" | "LOGO" | "SOUND" | "KEY")
}

/// `PHOTO` and the like in the form of another version; other parameters stay.
pub fn media(property: &Property<'_>, version: Version) -> Option<Draft> {
    let is_text = property.name() == "KEY" && !property.is_base64() && !property.is_value("uri");
    let photo = Photo::read(property).filter(|photo| match photo {
        Photo::Inline { .. } => true,
        // A key may be a text; a URI has a scheme at least.
        Photo::Uri(uri) => {
            !is_text
                || (property.version() == Version::V4_0
                    && uri.contains(':')
                    && !property.is_value("text"))
        }
    })?;
    let mut draft = photo.draft(property.name(), version);
    draft.group = property.group().map(str::to_owned);
    let mut present = Draft::of(property);
    present.remove_parameter("VALUE");
    present.remove_parameter("MEDIATYPE");
    let place = |kind: &str| ["home", "work", "pref"].contains(&kind.to_ascii_lowercase().as_str());
    present.remove_types(|kind| !place(kind));
    for (name, values) in present.parameters {
        if name.eq_ignore_ascii_case("TYPE") {
            draft.add_types(values.into_iter());
        } else {
            draft.parameters.push((name, values));
        }
    }
    Some(draft)
}
