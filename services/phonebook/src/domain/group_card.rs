//! Groups as the cards that address books keep of them: `KIND:group` and `MEMBER` (RFC 6350, sections 6.1.4 and 6.6.5),
//! before 4.0 Apple's properties in their place.

mod work;

pub use work::Work;

use super::{Contact, Fields, Group, card};
use std::collections::{HashMap, HashSet};
use vcard::{Card, Draft, NotADocument, Target};

/// The longest name of a group.
pub const MAX_NAME_CHARS: usize = 200;
/// Lines of a card that is still to be read, with some to spare.
const MAX_LINES: usize = 9_900;
const URN: &str = "urn:uuid:";

/// What a contact's card is to say in a group's: whether it is a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub id: String,
    /// By what the card may call it besides.
    pub known_as: String,
    /// Its card's `UID`, when it is a member.
    pub member: Option<String>,
}

impl Listing {
    /// What the card may call it and should not any more.
    pub fn former(&self) -> impl Iterator<Item = &str> {
        let present = self.member.as_deref().map(member_id);
        let names = [self.id.as_str(), member_id(&self.known_as)];
        names.into_iter().filter(move |name| Some(*name) != present)
    }
}

/// What stands for a card's `UID` in a member's URI: with `urn:uuid:` or without, it is the same card. Nothing is left to
/// take off it, so that it stands for itself, too.
#[must_use]
pub fn member_id(uri: &str) -> &str {
    let mut id = uri.trim();
    while let Some((start, rest)) = id.split_at_checked(URN.len())
        && start.eq_ignore_ascii_case(URN)
    {
        id = rest.trim_start();
    }
    id
}

/// The `UID`s that cards of a member may have.
#[must_use]
pub fn uids(member: &str) -> [String; 2] {
    [member.to_owned(), format!("{URN}{member}")]
}

fn member_uri(uid: &str) -> String {
    if uid.contains(':') {
        uid.to_owned()
    } else {
        format!("{URN}{uid}")
    }
}

/// The members that a card names, each once, in their order.
#[must_use]
pub fn members(card: &Card) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = card.members().map(|uri| member_id(&uri).to_owned());
    all.filter(|member| !member.is_empty() && seen.insert(member.clone()))
        .collect()
}

/// What the group is called by its card.
#[must_use]
pub fn name(fields: &Fields) -> String {
    let name = fields.display();
    name.trim().chars().take(MAX_NAME_CHARS).collect()
}

/// The card's contact of a group that was made elsewhere.
#[must_use]
pub fn contact(group: &Group) -> Contact {
    let mut fields = Fields::default();
    // As Apple's address books write it, who show some groups by N.
    fields.name.family = Some(group.name.clone());
    let mut contact = Contact::new(fields, group.created_at);
    contact.is_group_card = true;
    contact.has_card = true;
    contact.group = Some(group.id.clone());
    contact
}

/// The card of such a contact, without members.
pub fn made(contact: &Contact) -> Result<Card, NotADocument> {
    let mut card = card::made(contact, Target::V3_0)?;
    card.add(Draft::text("X-ADDRESSBOOKSERVER-KIND", "group"));
    Ok(card)
}

/// The group's name in what its card says: where the whole name was, and for display where that is something else.
#[must_use]
pub fn renamed(fields: &Fields, to: &str) -> Fields {
    let was = fields.display();
    let mut name = fields.name.clone();
    let parts = [
        &mut name.prefix,
        &mut name.given,
        &mut name.middle,
        &mut name.family,
        &mut name.suffix,
    ];
    if let Some(whole) = parts.into_iter().find(|part| part.as_ref() == Some(&was)) {
        *whole = Some(to.to_owned());
    }
    name.display = Some(to.to_owned());
    let fields = Fields {
        name,
        ..fields.clone()
    };
    fields.normalized()
}

/// The card with these contacts among its members or not. One that it names already is not named again. Those for whom
/// there is no room are left out. By the names in `others` it means somebody else, too, so they stay.
#[must_use]
pub fn listed(card: &Card, listings: &[Listing], others: &HashSet<String>) -> Card {
    let uids = || listings.iter().filter_map(|one| one.member.as_deref());
    let stays: HashSet<&str> = uids().map(member_id).collect();
    let former = listings.iter().flat_map(Listing::former);
    let gone: HashSet<&str> = former
        .filter(|name| !stays.contains(name) && !others.contains(*name))
        .collect();
    let is_kept = |uri: &str| !gone.contains(member_id(uri));
    let kept = card.with_members(is_kept, &[]);
    let more = missing(&kept, uids());
    if more.is_empty() {
        return kept;
    }
    let whole = card.with_members(is_kept, &more);
    let bytes = whole.to_bytes();
    if card::fits(&bytes) && Card::parse(&bytes).is_ok() {
        return whole;
    }
    kept
}

/// Those whom the card does not name and has room for.
fn missing<'a>(card: &Card, uids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut present: HashSet<String> = members(card).into_iter().collect();
    let mut room = Room::in_card(card);
    let mut missing = Vec::new();
    for uid in uids {
        let (name, uri) = (member_id(uid), member_uri(uid));
        if !present.contains(name) && room.takes(&uri) {
            present.insert(name.to_owned());
            missing.push(uri);
        }
    }
    missing
}

/// How much more a card can say.
struct Room {
    bytes: usize,
    lines: usize,
}

impl Room {
    fn in_card(card: &Card) -> Self {
        Self {
            bytes: card::MAX_CARD_BYTES.saturating_sub(card.to_bytes().len()),
            lines: MAX_LINES.saturating_sub(card.properties().count()),
        }
    }

    /// Another member, if there is room for its line and its folds.
    fn takes(&mut self, uri: &str) -> bool {
        let bytes = uri.len() + uri.len() / 16 + 40;
        if bytes > self.bytes || self.lines == 0 {
            return false;
        }
        self.bytes -= bytes;
        self.lines -= 1;
        true
    }
}

/// What is to be done when a card that named some members names others.
#[must_use]
pub fn work(before: &[String], after: &[String], unfinished: &Work) -> Work {
    let had: HashMap<&str, usize> = before.iter().map(String::as_str).zip(0..).collect();
    let has: HashSet<&str> = after.iter().map(String::as_str).collect();
    let waits: HashSet<u32> = unfinished.join.iter().copied().collect();
    let joins = |member: &str| {
        let place = had.get(member).map(|place| u32::try_from(*place));
        place.is_none_or(|place| place.is_ok_and(|place| waits.contains(&place)))
    };
    let join = (0..)
        .zip(after)
        .filter(|(_, member)| joins(member))
        .map(|(place, _)| place);
    let left = before.iter().chain(&unfinished.leave);
    Work {
        join: join.collect(),
        leave: left
            .filter(|member| !has.contains(member.as_str()))
            .cloned()
            .collect(),
    }
}

#[cfg(test)]
mod tests;
