use super::Numbers;
use crate::domain::{Address, Email, Name, Organization, PartialDate, Phone};
use web::{Fault, Faults, Object};

const MAX_LINE_CHARS: usize = 200;
const MAX_NAME_CHARS: usize = 500;
const MAX_NUMBER_CHARS: usize = 100;
const MAX_ADDRESS_CHARS: usize = 254;

const PHONE_TYPES: [&str; 6] = ["mobile", "work", "home", "fax", "pager", "other"];
const PLACE_TYPES: [&str; 3] = ["work", "home", "other"];

/// A short text; a blank one counts as absent.
pub fn line(object: &mut Object<'_>, name: &'static str, faults: &mut Faults) -> Option<String> {
    text(object, name, MAX_LINE_CHARS, faults)
}

fn text(
    object: &mut Object<'_>,
    name: &'static str,
    max_chars: usize,
    faults: &mut Faults,
) -> Option<String> {
    object
        .text(name, max_chars, faults)
        .filter(|text| !text.trim().is_empty())
}

pub fn name(object: &mut Object<'_>, faults: &mut Faults) -> Name {
    Name {
        prefix: line(object, "prefix", faults),
        given: line(object, "given", faults),
        middle: line(object, "middle", faults),
        family: line(object, "family", faults),
        suffix: line(object, "suffix", faults),
        display: text(object, "display", MAX_NAME_CHARS, faults),
    }
}

pub fn phone(object: &mut Object<'_>, numbers: &Numbers<'_>, faults: &mut Faults) -> Phone {
    object.ignore(&["e164"]);
    let number = object.required_text("number", MAX_NUMBER_CHARS, faults);
    let e164 = match numbers.read(&number) {
        Ok(e164) => e164,
        // What is missing or too long has been noted already.
        Err(_) if number.trim().is_empty() => None,
        Err(error) => {
            faults.add(Fault::pointer(object.pointer("number"), error.to_string()));
            None
        }
    };
    Phone {
        number,
        e164,
        kind: object.one_of("type", &PHONE_TYPES, faults),
        label: line(object, "label", faults),
        primary: object.boolean("primary", faults),
    }
}

pub fn email(object: &mut Object<'_>, faults: &mut Faults) -> Email {
    let address = object.required_text("address", MAX_ADDRESS_CHARS, faults);
    if !address.trim().is_empty() && !is_address(&address) {
        let detail = "is no e-mail address";
        faults.add(Fault::pointer(object.pointer("address"), detail));
    }
    Email {
        address,
        kind: object.one_of("type", &PLACE_TYPES, faults),
        primary: object.boolean("primary", faults),
    }
}

/// Something on both sides of the last `@`, and no space: whether it exists only a message can tell.
fn is_address(text: &str) -> bool {
    text.rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace)
}

pub fn organization(object: &mut Object<'_>, faults: &mut Faults) -> Organization {
    Organization {
        name: line(object, "name", faults),
        department: line(object, "department", faults),
        title: line(object, "title", faults),
    }
}

pub fn address(object: &mut Object<'_>, faults: &mut Faults) -> Address {
    Address {
        street: text(object, "street", MAX_NAME_CHARS, faults),
        city: line(object, "city", faults),
        region: line(object, "region", faults),
        postal_code: line(object, "postal_code", faults),
        country: line(object, "country", faults),
        kind: object.one_of("type", &PLACE_TYPES, faults),
    }
}

pub fn date(
    object: &mut Object<'_>,
    name: &'static str,
    faults: &mut Faults,
) -> Option<PartialDate> {
    let text = line(object, name, faults)?;
    match PartialDate::parse(&text) {
        Ok(date) => Some(date),
        Err(error) => {
            faults.add(Fault::pointer(object.pointer(name), error.to_string()));
            None
        }
    }
}
