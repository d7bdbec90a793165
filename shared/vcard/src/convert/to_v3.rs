//! From 4.0 to 3.0.

use super::{
    common::{assemble, holds_bytes, media, renamed},
    names,
};
use crate::{
    card::Card,
    date::Date,
    draft::{Content, Draft},
    property::Property,
    version::{Target, Version},
};

pub fn convert(card: &Card) -> Card {
    let mut drafts = Vec::new();
    for property in card.properties() {
        drafts.extend(draft(&property).map(|mut draft| {
            parameters(&mut draft);
            draft
        }));
        drafts.extend(beside(&property));
    }
    assemble(card, Target::V3_0, drafts)
}

fn draft(property: &Property<'_>) -> Option<Draft> {
    let draft = renamed(property, &names::in_v3(property.name()));
    Some(match property.name() {
        "VERSION" => return None,
        "KIND" => return kind(property),
        "MEMBER" => Draft {
            name: "X-ADDRESSBOOKSERVER-MEMBER".to_owned(),
            ..draft
        },
        "BDAY" | "ANNIVERSARY" | "DEATHDATE" => date(property, draft),
        "TEL" => phone(property, draft),
        "EMAIL" => email(draft),
        "GEO" => geo(property, draft),
        "TZ" => zone(property, draft),
        name if holds_bytes(name) => media(property, Version::V3_0).unwrap_or(draft),
        _ => draft,
    })
}

fn kind(property: &Property<'_>) -> Option<Draft> {
    let kind = property.text().trim().to_ascii_lowercase();
    match kind.as_str() {
        "" | "individual" => None,
        "org" => Some(Draft::text("X-ABShowAs", "COMPANY")),
        _ => Some(Draft::text("X-ADDRESSBOOKSERVER-KIND", kind)),
    }
}

fn date(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    match Date::read(property) {
        Some(date) => {
            date.write(&mut draft, Version::V3_0);
            let time = text.split_once(['T', 't']).map(|(_, time)| time);
            if let (Some(time), Content::Escaped(date)) = (time, &mut draft.value) {
                date.push_str(&extended_time(time));
                draft.set_parameter("VALUE", "date-time".to_owned());
            }
        }
        None => {
            if draft.name == "BDAY" {
                draft.name = "X-BDAY".to_owned();
            }
            if !property.is_value("text") {
                draft.remove_parameter("VALUE");
            }
        }
    }
    draft
}

/// `T` and the time with its colons, if it has a form that is known.
fn extended_time(time: &str) -> String {
    let digits = time.bytes().take_while(u8::is_ascii_digit).count();
    let parts = time.get(..2).zip(time.get(2..4)).zip(time.get(4..6));
    match parts.filter(|_| digits == 6) {
        Some(((hour, minute), second)) => {
            let zone = time.get(6..).unwrap_or_default();
            format!("T{hour}:{minute}:{second}{zone}")
        }
        None => format!("T{time}"),
    }
}

fn phone(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    let number = text.get(..4).zip(text.get(4..));
    if let Some((_, number)) =
        number.filter(|(scheme, _)| property.is_value("uri") && scheme.eq_ignore_ascii_case("tel:"))
    {
        draft.remove_parameter("VALUE");
        draft.value = Content::Text(number.to_owned());
    }
    if let Some(types) = draft.types_mut() {
        for kind in types {
            if kind.eq_ignore_ascii_case("text") {
                "msg".clone_into(kind);
            }
        }
    }
    draft
}

fn email(mut draft: Draft) -> Draft {
    draft.add_types(std::iter::once("INTERNET".to_owned()));
    draft
}

fn geo(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    let place = text.trim().strip_prefix("geo:").unwrap_or(&text);
    let place = place.split([';', '?']).next().unwrap_or_default();
    match place.split_once(',') {
        Some((latitude, longitude)) => {
            let longitude = longitude.split(',').next().unwrap_or_default();
            draft.remove_parameter("VALUE");
            draft.value = Content::Components(vec![latitude.to_owned(), longitude.to_owned()]);
        }
        None => draft.name = "X-GEO".to_owned(),
    }
    draft
}

/// The default is an offset with a colon in 3.0, and a text in 4.0.
fn zone(property: &Property<'_>, mut draft: Draft) -> Draft {
    let text = property.text();
    draft.remove_parameter("VALUE");
    match offset(text.trim()) {
        Some(offset) => draft.value = Content::Escaped(offset),
        None => draft.set_parameter("VALUE", "text".to_owned()),
    }
    draft
}

fn offset(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-'])?;
    let sign = text.get(..1)?;
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    let hours = digits.get(..2).filter(|_| all)?;
    match digits.get(2..)? {
        "" => Some(format!("{sign}{hours}:00")),
        minutes if minutes.len() == 2 => Some(format!("{sign}{hours}:{minutes}")),
        _ => None,
    }
}

fn parameters(draft: &mut Draft) {
    let preferred = |(name, values): &(String, Vec<String>)| {
        name.eq_ignore_ascii_case("PREF") && values.iter().any(|rank| rank.trim() == "1")
    };
    if draft.parameters.iter().any(preferred) {
        draft.set_preferred(true, Version::V3_0);
    }
    let moved = |name: &str| (name == "LABEL" && draft_is(&draft.name, "ADR")) || name == "SORT-AS";
    draft
        .parameters
        .retain(|(name, _)| !moved(&name.to_ascii_uppercase()));
    let known = ["text", "uri", "date", "date-time"];
    draft.parameters.retain(|(name, values)| {
        !name.eq_ignore_ascii_case("VALUE")
            || draft.name.starts_with("X-")
            || values
                .iter()
                .any(|value| known.contains(&value.to_ascii_lowercase().as_str()))
    });
    for (name, _) in &mut draft.parameters {
        *name = names::parameter_in_v3(&name.to_ascii_uppercase());
    }
}

fn draft_is(found: &str, name: &str) -> bool {
    found.eq_ignore_ascii_case(name)
}

/// Parameters of 4.0 that are properties of 3.0.
fn beside(property: &Property<'_>) -> Option<Draft> {
    match property.name() {
        "ADR" => {
            let label = property.parameter("LABEL").next()?;
            let mut draft = Draft::text("LABEL", label).with_group(property.group());
            draft.add_types(property.types().map(str::to_owned));
            Some(draft)
        }
        "N" => {
            let sort: Vec<_> = property.parameter("SORT-AS").collect();
            (!sort.is_empty()).then(|| Draft::text("SORT-STRING", sort.join(",")))
        }
        _ => None,
    }
}
