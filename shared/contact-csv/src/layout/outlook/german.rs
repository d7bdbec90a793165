use super::{CATEGORIES, HOME, OTHER, WORK, address, labelled, phone};
use crate::layout::target::{AddressPart, Date, Family, Part, Target, Text};

pub(super) fn target(name: &str) -> Option<Target> {
    Some(match name {
        "anrede" => Target::Text(Text::Prefix),
        "vorname" => Target::Text(Text::Given),
        "weitere vornamen" => Target::Text(Text::Middle),
        "nachname" => Target::Text(Text::Family),
        "suffix" => Target::Text(Text::Suffix),
        "firma" => Target::Text(Text::Organization),
        "abteilung" => Target::Text(Text::Department),
        "position" => Target::Text(Text::Title),
        "notizen" => Target::Text(Text::Notes),
        "geburtstag" => Target::Date(Date::Birthday),
        "jahrestag" => Target::Date(Date::Anniversary),
        "kategorien" => CATEGORIES,
        "e-mail-adresse" => Target::Entry(Family::Email, 1, Part::Value),
        "e-mail 2: adresse" => Target::Entry(Family::Email, 2, Part::Value),
        "e-mail 3: adresse" => Target::Entry(Family::Email, 3, Part::Value),
        "webseite" => Target::Entry(Family::Website, 1, Part::Value),
        "e-mail-typ" | "e-mail 2: typ" | "e-mail 3: typ" => Target::Ignored,
        "e-mail: angezeigter name" => Target::Ignored,
        "e-mail 2: angezeigter name" | "e-mail 3: angezeigter name" => Target::Ignored,
        "geschlecht" | "initialen" | "priorität" | "privat" | "vertraulichkeit" => Target::Ignored,
        _ => return number(name).or_else(|| place(name)),
    })
}

fn number(name: &str) -> Option<Target> {
    Some(match name {
        "telefon geschäftlich" | "telefon geschäftlich 2" => phone("work"),
        "telefon privat" | "telefon privat 2" => phone("home"),
        "telefon (privat)" | "telefon (privat 2)" => phone("home"),
        "mobiltelefon" | "mobiltelefon 2" => phone("mobile"),
        "weiteres telefon" => phone("other"),
        "pager" => phone("pager"),
        "telefon firma" => labelled("work"),
        "fax geschäftlich" | "fax privat" | "weiteres fax" => labelled("fax"),
        "telefon assistent"
        | "rückmeldung"
        | "autotelefon"
        | "isdn"
        | "haupttelefon"
        | "telex"
        | "telefon für hörbehinderte" => labelled("other"),
        _ => return None,
    })
}

fn place(name: &str) -> Option<Target> {
    let unnumbered = name.strip_suffix(" 2").or_else(|| name.strip_suffix(" 3"));
    let (place, part) = match unnumbered.unwrap_or(name).rsplit_once(' ') {
        Some((part, "geschäftlich")) => (WORK, part),
        Some((part, "privat")) => (HOME, part),
        _ => return other(name),
    };
    let part = match part {
        "straße" | "postfach" => AddressPart::Street,
        "ort" => AddressPart::City,
        "region" | "bundesland/kanton" => AddressPart::Region,
        "postleitzahl" => AddressPart::PostalCode,
        "land" | "land/region" => AddressPart::Country,
        _ => return None,
    };
    Some(address(place, part))
}

fn other(name: &str) -> Option<Target> {
    let part = match name {
        "weitere straße" | "weitere straße 2" | "weitere straße 3" | "weiteres postfach" => {
            AddressPart::Street
        }
        "weiterer ort" => AddressPart::City,
        "weitere region" | "weiteres/r bundesland/kanton" => AddressPart::Region,
        "weitere postleitzahl" => AddressPart::PostalCode,
        "weiteres land" | "weiteres/e land/region" => AddressPart::Country,
        _ => return None,
    };
    Some(address(OTHER, part))
}
