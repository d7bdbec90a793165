//! Google's columns as it writes them since 2024, with fixed counts of those that are numbered.

use serde_json::Value;

const EMAILS: usize = 4;
const PHONES: usize = 5;
const ADDRESSES: usize = 3;
const WEBSITES: usize = 3;
const CUSTOM_FIELDS: usize = 5;

/// Between several values in one cell.
const SEVERAL: &str = " ::: ";
/// The group that every contact of an address book is in.
const EVERYBODY: &str = "* myContacts";

const SINGLES: [&str; 17] = [
    "First Name",
    "Middle Name",
    "Last Name",
    "Phonetic First Name",
    "Phonetic Middle Name",
    "Phonetic Last Name",
    "Name Prefix",
    "Name Suffix",
    "Nickname",
    "File As",
    "Organization Name",
    "Organization Title",
    "Organization Department",
    "Birthday",
    "Notes",
    "Photo",
    "Labels",
];
/// Every numbered family has its label first.
const LABEL: usize = 0;
const PAIR: [&str; 2] = ["Label", "Value"];
const ADDRESS: [&str; 9] = [
    "Label",
    "Formatted",
    "Street",
    "City",
    "PO Box",
    "Region",
    "Postal Code",
    "Country",
    "Extended Address",
];

pub(super) fn columns() -> Vec<String> {
    let mut columns: Vec<_> = SINGLES.map(str::to_owned).into();
    columns.extend(numbered("E-mail", EMAILS, &PAIR));
    columns.extend(numbered("Phone", PHONES, &PAIR));
    columns.extend(numbered("Address", ADDRESSES, &ADDRESS));
    columns.extend(numbered("Website", WEBSITES, &PAIR));
    columns.extend(numbered("Event", 1, &PAIR));
    columns.extend(numbered("Custom Field", CUSTOM_FIELDS, &PAIR));
    columns
}

fn numbered(family: &str, count: usize, parts: &[&str]) -> Vec<String> {
    let of = |number| {
        parts
            .iter()
            .map(move |part| format!("{family} {number} - {part}"))
    };
    (1..=count).flat_map(of).collect()
}

pub(super) fn row(contact: &Value, groups: &[String]) -> Vec<String> {
    let mut cells = singles(contact, groups);
    cells.extend(slots(list(contact, "emails").map(email), EMAILS));
    cells.extend(slots(list(contact, "phones").map(phone), PHONES));
    cells.extend(slots(list(contact, "addresses").map(address), ADDRESSES));
    cells.extend(slots(list(contact, "urls").map(website), WEBSITES));
    cells.extend(slots(anniversary(contact).into_iter(), 1));
    cells.extend(slots(custom(contact), CUSTOM_FIELDS));
    cells
}

fn singles(contact: &Value, groups: &[String]) -> Vec<String> {
    let name = |part: &str| text(&contact["name"], part);
    let organization = |part: &str| text(&contact["organization"], part);
    let parts = ["prefix", "given", "middle", "family", "suffix"];
    let unnamed = parts.iter().all(|part| name(part).is_empty());
    // A contact that has only a display name would have none at Google.
    let (given, file_as) = match unnamed {
        true => (name("display"), String::new()),
        false => (name("given"), name("display")),
    };
    let labels: Vec<_> = groups
        .iter()
        .map(String::as_str)
        .chain([EVERYBODY])
        .collect();
    let nothing = String::new;
    vec![
        given,
        name("middle"),
        name("family"),
        nothing(),
        nothing(),
        nothing(),
        name("prefix"),
        name("suffix"),
        text(contact, "nickname"),
        file_as,
        organization("name"),
        organization("title"),
        organization("department"),
        text(contact, "birthday"),
        text(contact, "notes"),
        nothing(),
        labels.join(SEVERAL),
    ]
}

fn email(email: &Value) -> [String; 2] {
    [
        starred(capitalized(&text(email, "type")), email),
        text(email, "address"),
    ]
}

fn phone(phone: &Value) -> [String; 2] {
    let label = match text(phone, "label") {
        label if label.is_empty() => capitalized(&text(phone, "type")),
        label => label,
    };
    [starred(label, phone), text(phone, "number")]
}

fn address(address: &Value) -> [String; 9] {
    let part = |member: &str| text(address, member);
    [
        capitalized(&part("type")),
        String::new(),
        part("street"),
        part("city"),
        String::new(),
        part("region"),
        part("postal_code"),
        part("country"),
        String::new(),
    ]
}

fn website(url: &Value) -> [String; 2] {
    [String::new(), url.as_str().unwrap_or_default().to_owned()]
}

fn anniversary(contact: &Value) -> Option<[String; 2]> {
    let day = text(contact, "anniversary");
    (!day.is_empty()).then(|| ["Anniversary".to_owned(), day])
}

fn custom(contact: &Value) -> impl Iterator<Item = [String; 2]> {
    let members = contact["custom"].as_object().into_iter().flatten();
    members.map(|(key, value)| [key.clone(), value.as_str().unwrap_or_default().to_owned()])
}

fn starred(label: String, entry: &Value) -> String {
    match entry["primary"].as_bool() {
        Some(true) => format!("* {label}"),
        _ => label,
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn text(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(contact: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    contact[member].as_array().into_iter().flatten()
}

/// The cells of `count` entries; those that are too many share the columns of the last.
fn slots<const N: usize>(entries: impl Iterator<Item = [String; N]>, count: usize) -> Vec<String> {
    let entries: Vec<_> = entries.collect();
    let last = count.saturating_sub(1);
    let mut cells: Vec<_> = entries.iter().take(last).flatten().cloned().collect();
    let rest = entries.get(last..).unwrap_or_default();
    cells.extend((0..N).map(|part| joined(part, rest.iter().filter_map(|entry| entry.get(part)))));
    cells.resize(count * N, String::new());
    cells
}

/// Nothing at all instead of separators between nothing, and a label that all have once, as Google writes it.
fn joined<'a>(part: usize, values: impl Iterator<Item = &'a String>) -> String {
    let values: Vec<_> = values.map(String::as_str).collect();
    let first = values.first().copied().unwrap_or_default();
    let all_equal = values.iter().all(|value| *value == first);
    match all_equal && (first.is_empty() || part == LABEL) {
        true => first.to_owned(),
        false => values.join(SEVERAL),
    }
}
