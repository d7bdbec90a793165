//! Grandstream's address book, which phones download whole (GXP Series - XML Phonebook Guide, 2023; XML Based Downloadable
//! Phonebook Guide for the GXP2130/GXP2140/GXP2160). A contact needs a first or a last name; the type of a number is
//! `Work`, `Home` or `Mobile`, one field of the phone's form each.

use super::{Entry, number::Number, xml::Xml};

/// What the larger GXP21xx keep, by their data sheets; smaller models keep the beginning.
pub const PAGE_SIZE: usize = 2_000;
/// The first account of the phone.
const ACCOUNT: &str = "0";

/// One number of each type.
pub fn has_room(held: &[Number], number: &Number) -> bool {
    held.iter().all(|other| field(other) != field(number))
}

fn field(number: &Number) -> &'static str {
    match number.kind.as_deref() {
        Some("home") => "Home",
        Some("mobile") => "Mobile",
        _ => "Work",
    }
}

pub fn render(entries: &[Entry]) -> String {
    Xml::document("AddressBook", |xml| {
        xml.text("version", "1");
        for entry in entries {
            xml.element("Contact", |xml| write(xml, entry));
        }
    })
}

fn write(xml: &mut Xml, entry: &Entry) {
    let (first, last) = names(entry);
    xml.text("FirstName", first);
    xml.text("LastName", last);
    for number in &entry.numbers {
        xml.with("Phone", Some(("type", field(number))), |xml| {
            xml.text("phonenumber", &number.dial);
            xml.text("accountindex", ACCOUNT);
        });
    }
}

/// Without a person's name, the organisation's or whatever else the contact is shown by.
fn names(entry: &Entry) -> (&str, &str) {
    if entry.given.is_empty() && entry.family.is_empty() {
        ("", &entry.name)
    } else {
        (&entry.given, &entry.family)
    }
}
