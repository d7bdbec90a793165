//! The keys of this service's items, and its index keys.
//!
//! | index key, behind `phonebook/` | lists |
//! | --- | --- |
//! | `name/<label>/<id>` | contacts by folded display name |
//! | `find/<class><term>/<label>/<id>` | contacts by what they are found by; the label only where results are sorted by it |
//! | `shelf/<book>/<label>/<id>` | the contacts of a book other than the default one |
//! | `member/<group>/<label>/<id>` | the members of a group |
//! | `birthday/<MM-DD>/<id>` | contacts by the day of their birthday |
//! | `merged-into/<contact>/<merge>` | the merges that can be undone, by the contact that was merged into |
//! | `change/<stamp>/<book>/<id>` | contacts by their latest change, one entry each |
//! | `change/<stamp>/<book>/<id>/<resource>` | contacts that are gone, for clients that keep copies |
//!
//! A contact's `<id>` stands there without its `con_`, and the `<book>` of a change without its `book_`: there are dozens
//! of these keys for each contact.

use crate::domain::{
    Contact, Index, book, contact, group_card::member_id, index::class, photo::sha256,
    sync::Position,
};
use ports::store::{Stamped, stamp};
use std::collections::BTreeSet;

pub const NAMES: &str = "phonebook/name/";
pub const FIND: &str = "phonebook/find/";
pub const CHANGES: &str = "phonebook/change/";
pub const BIRTHDAYS: &str = "phonebook/birthday/";

/// What a tenant wants otherwise than the installation has it.
pub const PREFERENCES: &str = "phonebook/preferences";
/// The next day whose birthdays are announced, due when it begins.
pub const DAILY: &str = "phonebook/reminder/daily";

/// Deleted contacts, due when their time in the bin is over.
pub const BIN: &str = "phonebook/bin/";
/// Contacts whose traces did not fit into one commit when they were erased.
pub const PURGES: &str = "phonebook/purge/";
/// What was merged, due when it can no longer be undone.
pub const MERGES: &str = "phonebook/merge/";
/// Erased contacts that others had been merged into, due.
pub const FORGETTING: &str = "phonebook/forgetting/";
pub const BOOKS: &str = "phonebook/book/";
pub const GROUPS: &str = "phonebook/group/";
/// Deleted books that still hold contacts, due.
pub const EMPTYING: &str = "phonebook/emptying/";
/// What cards of groups say of members and has not been done yet, due.
pub const JOINING: &str = "phonebook/joining/";
/// Groups whose cards have not been told of all their members, due.
pub const LISTING: &str = "phonebook/listing/";
/// Deleted groups that still have members, due.
pub const DISBANDING: &str = "phonebook/disbanding/";
/// Imports in hand, due.
pub const IMPORTS: &str = "phonebook/import/";
/// Pictures to be taken out of cards, by the image that is to be made of them, due.
pub const EXTRACTIONS: &str = "phonebook/extraction/";

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

/// A contact that was merged into another one, as it was.
#[must_use]
pub fn merged(id: &str) -> String {
    format!("phonebook/merged/{id}")
}

#[must_use]
pub fn merge(id: &str) -> String {
    format!("{MERGES}{id}")
}

#[must_use]
pub fn merges_into(id: &str) -> String {
    format!("phonebook/merged-into/{id}/")
}

#[must_use]
pub fn forgetting(id: &str) -> String {
    format!("{FORGETTING}{id}")
}

#[must_use]
pub fn book(id: &str) -> String {
    format!("{BOOKS}{id}")
}

#[must_use]
pub fn group(id: &str) -> String {
    format!("{GROUPS}{id}")
}

#[must_use]
pub fn joining(group: &str) -> String {
    format!("{JOINING}{group}")
}

#[must_use]
pub fn listing(group: &str) -> String {
    format!("{LISTING}{group}")
}

/// A contact that may have joined or left a group since the group's card was written.
#[must_use]
pub fn unlisted(group: &str, contact: &str) -> String {
    format!("phonebook/unlisted/{group}/{contact}")
}

/// The groups whose cards name a member that there is not, yet or any more.
#[must_use]
pub fn awaited(uid: &str) -> String {
    format!("phonebook/awaited/{}", digest(member_id(uid)))
}

#[must_use]
pub fn shelf(book: &str) -> String {
    format!("phonebook/shelf/{book}/")
}

#[must_use]
pub fn members(group: &str) -> String {
    format!("phonebook/member/{group}/")
}

/// The contacts with a birthday on this day of the year, `MM-DD`.
#[must_use]
pub fn birthdays(day: &str) -> String {
    format!("{BIRTHDAYS}{day}/")
}

#[must_use]
pub fn birthday(day: &str, id: &str) -> String {
    format!("{}{}", birthdays(day), listed(id))
}

#[must_use]
pub fn import(job: &str) -> String {
    format!("{IMPORTS}{job}")
}

#[must_use]
pub fn extraction(image_id: &str) -> String {
    format!("{EXTRACTIONS}{image_id}")
}

/// The vCards of a contact at every version, byte for byte as clients wrote them.
#[must_use]
pub fn cards(id: &str) -> String {
    format!("phonebook/card/{id}/")
}

/// The vCard as a client wrote it last. Earlier ones lie beside it, by the last version that had them.
#[must_use]
pub fn card(id: &str) -> String {
    // Behind all digits, so that the first key from a version on is that version's card.
    format!("{}present", cards(id))
}

/// Ten digits, so that versions sort as text.
#[must_use]
pub fn earlier_card(id: &str, version: u64) -> String {
    format!("{}{version:010}", cards(id))
}

/// Which book has this last segment in addresses; only where a client chose it.
#[must_use]
pub fn book_name(name: &str) -> String {
    format!("phonebook/book-name/{}", digest(name))
}

/// Which contact has this address in a book; only where the address is not made of the contact's id.
#[must_use]
pub fn resource(book: &str, name: &str) -> String {
    format!("phonebook/resource/{book}/{}", digest(name))
}

/// Which contact has this `UID` in a book; only where it is not the contact's id.
#[must_use]
pub fn uid(book: &str, uid: &str) -> String {
    format!("phonebook/uid/{book}/{}", digest(uid))
}

/// What callers name can be anything and long.
fn digest(text: &str) -> String {
    sha256(text.as_bytes())
}

/// A contact's id as index keys have it.
fn listed(id: &str) -> &str {
    without(contact::ID_PREFIX, id)
}

/// A book's id as its changes have it.
pub fn changed(book: &str) -> &str {
    without(book::ID_PREFIX, book)
}

fn without<'i>(prefix: &str, id: &'i str) -> &'i str {
    let behind = id.strip_prefix(prefix);
    behind.and_then(|id| id.strip_prefix('_')).unwrap_or(id)
}

/// The id of the contact that an index key has as this.
#[must_use]
pub fn contact_id(listed: &str) -> String {
    format!("{}_{listed}", contact::ID_PREFIX)
}

/// The id of the contact that an index key lists.
#[must_use]
pub fn listed_id(key: &str) -> Option<String> {
    key.rsplit('/').next().map(contact_id)
}

/// Every index key that lists a contact which is not in the bin, but for its latest change.
#[must_use]
pub fn entries(contact: &Contact, index: &Index) -> BTreeSet<String> {
    let id = listed(&contact.id);
    let place = format!("{}/{id}", index.label);
    if contact.is_group_card {
        // On its book's shelf, to be emptied with it.
        let book = contact.book.iter();
        return book.map(|book| format!("{}{place}", shelf(book))).collect();
    }
    let mut keys = BTreeSet::from([format!("{NAMES}{place}")]);
    for term in &index.terms {
        let by_name = term.starts_with(class::BY_NAME);
        let place = if by_name { &place } else { id };
        // Tens of these for each contact: one allocation each.
        keys.insert([FIND, term, "/", place].concat());
    }
    if let Some(day) = &index.birthday {
        keys.insert(birthday(day, &contact.id));
    }
    if let Some(book) = &contact.book {
        keys.insert(format!("{}{place}", shelf(book)));
    }
    for group in &contact.groups {
        keys.insert(format!("{}{place}", members(group)));
    }
    keys
}

/// Lists the contact's latest change, or, in the bin, that it is gone.
#[must_use]
pub fn change(contact: &Contact) -> Stamped {
    let mut after = format!("/{}/{}", changed(contact.book_id()), listed(&contact.id));
    if contact.deleted_at.is_some() {
        after = format!("{after}/{}", contact.resource());
    }
    Stamped {
        before: CHANGES.to_owned(),
        after,
    }
}

/// Behind every change up to and with this version.
#[must_use]
pub fn changes_after(version: u64) -> String {
    // '0' is the character after '/', which follows the stamp.
    format!("{CHANGES}{}0", stamp(version))
}

/// Behind this place in the changes of a book.
#[must_use]
pub fn changes_behind(book: &str, position: &Position) -> String {
    match &position.id {
        None => changes_after(position.stamp),
        Some(id) => {
            let (book, id) = (changed(book), listed(id));
            format!("{CHANGES}{}/{book}/{id}0", stamp(position.stamp))
        }
    }
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
