//! The keys of this service's items, and its index keys.

/// Contacts in the order of their folded display names; index keys `phonebook/name/<label>/<id>`.
pub const NAMES: &str = "phonebook/name/";
/// Folded words and ends of numbers; index keys `phonebook/word/<term>/<id>`.
pub const WORDS: &str = "phonebook/word/";

/// Deleted contacts, due when their time in the bin is over.
pub const BIN: &str = "phonebook/bin/";
/// Contacts whose traces did not fit into one commit when they were erased.
pub const PURGES: &str = "phonebook/purge/";

#[must_use]
pub fn contact(id: &str) -> String {
    format!("phonebook/contact/{id}")
}

#[must_use]
pub fn bin(id: &str) -> String {
    format!("{BIN}{id}")
}

#[must_use]
pub fn purge(id: &str) -> String {
    format!("{PURGES}{id}")
}

#[must_use]
pub fn name(label: &str, id: &str) -> String {
    format!("{NAMES}{label}/{id}")
}

#[must_use]
pub fn word(term: &str, id: &str) -> String {
    format!("{WORDS}{term}/{id}")
}

/// Of every version; ends where [`history`] puts the number.
#[must_use]
pub fn histories(id: &str) -> String {
    format!("phonebook/history/{id}/")
}

/// Ten digits, so that versions sort as text.
#[must_use]
pub fn history(id: &str, version: u64) -> String {
    format!("{}{version:010}", histories(id))
}

/// The data of every event about the contact.
#[must_use]
pub fn events(id: &str) -> String {
    format!("{}/{id}/", ports::store::EVENTS_SCOPE)
}
