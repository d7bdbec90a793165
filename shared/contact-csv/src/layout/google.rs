//! Google's columns: `Given Name` and `Phone 1 - Type` until 2024, `First Name` and `Phone 1 - Label` since.

use super::target::{AddressPart, Date, Family, Part, Target, Text};

/// What separates several values in one cell.
pub(crate) const SEVERAL: &str = ":::";

pub(super) fn target(name: &str) -> Option<Target> {
    whole_name(name).or_else(|| numbered(name))
}

fn whole_name(name: &str) -> Option<Target> {
    Some(match name {
        "first name" | "given name" => Target::Text(Text::Given),
        "middle name" | "additional name" => Target::Text(Text::Middle),
        "last name" | "family name" => Target::Text(Text::Family),
        "name prefix" => Target::Text(Text::Prefix),
        "name suffix" => Target::Text(Text::Suffix),
        "name" | "file as" => Target::Text(Text::Display),
        "nickname" => Target::Text(Text::Nickname),
        "organization name" | "organization 1 - name" => Target::Text(Text::Organization),
        "organization department" | "organization 1 - department" => Target::Text(Text::Department),
        "organization title" | "organization 1 - title" => Target::Text(Text::Title),
        "notes" => Target::Text(Text::Notes),
        "birthday" => Target::Date(Date::Birthday),
        "labels" | "group membership" => Target::Groups(SEVERAL),
        "photo" | "organization 1 - type" => Target::Ignored,
        _ => return None,
    })
}

/// `<family> <number> - <part>`.
fn numbered(name: &str) -> Option<Target> {
    let (entry, part) = name.split_once(" - ")?;
    let (family, number) = entry.rsplit_once(' ')?;
    let number = number
        .parse()
        .ok()
        .filter(|number| (1..1_000).contains(number))?;
    if family == "address" {
        return Some(Target::Address(number, address_part(part)?, None));
    }
    let part = match part {
        "type" | "label" => Part::Label,
        "value" => Part::Value,
        _ => return None,
    };
    Some(Target::Entry(named(family)?, number, part))
}

fn named(family: &str) -> Option<Family> {
    Some(match family {
        "e-mail" => Family::Email,
        "phone" => Family::Phone,
        "website" => Family::Website,
        "event" => Family::Event,
        "relation" => Family::Relation,
        "custom field" => Family::CustomField,
        _ => return None,
    })
}

fn address_part(part: &str) -> Option<AddressPart> {
    Some(match part {
        "type" | "label" => AddressPart::Label,
        "street" | "extended address" | "po box" => AddressPart::Street,
        "city" => AddressPart::City,
        "region" => AddressPart::Region,
        "postal code" => AddressPart::PostalCode,
        "country" => AddressPart::Country,
        "formatted" => AddressPart::Formatted,
        _ => return None,
    })
}
