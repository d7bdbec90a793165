//! All contacts, part by part, in the order of their ids: who changes meanwhile is neither left out nor told twice.

use super::{Found, cards as kept, groups, keys, portraits};
use crate::domain::{Contact, export::Form};
use bytes::Bytes;
use ports::{Error, Result, store::Query};
use runtime::Invocation;
use std::collections::HashMap;

/// Contacts read at once: they can be large.
const CHUNK: usize = 100;
/// Contacts looked at for one part.
const MAX_READS: usize = 2_000;
/// A part is full with so many bytes; one more chunk may follow what fits in less.
const FULL_BYTES: usize = 256 << 10;
const MAX_PART_BYTES: usize = 1 << 20;

/// A place in an export: what the next part is behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The last contact looked at.
    pub after: Option<String>,
    /// There was a contact already.
    pub has_begun: bool,
}

pub struct Part {
    pub bytes: Vec<u8>,
    /// `None`: this is the last one.
    pub next: Option<Place>,
}

impl Place {
    /// Visible ASCII.
    #[must_use]
    pub fn token(&self) -> String {
        let mark = if self.has_begun { '+' } else { '-' };
        format!("{mark}{}", self.after.as_deref().unwrap_or_default())
    }

    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let has_begun = token.starts_with('+');
        let after = token.strip_prefix(['+', '-'])?;
        Some(Self {
            after: (!after.is_empty()).then(|| after.to_owned()),
            has_begun,
        })
    }
}

/// The part behind a place, of the contacts that are wanted.
pub async fn part(
    invocation: &Invocation,
    form: Form,
    mut place: Place,
    is_wanted: impl Fn(&Contact) -> bool,
) -> Result<Part> {
    let names = match form.names_groups() {
        true => group_names(invocation).await?,
        false => HashMap::new(),
    };
    let mut bytes = if place.after.is_none() {
        form.head()
    } else {
        Vec::new()
    };
    let mut looked_at = 0;
    while looked_at < MAX_READS && bytes.len() < FULL_BYTES {
        let page = contacts(invocation, place.after.as_deref()).await?;
        looked_at += CHUNK;
        let found = page.items.into_iter();
        let found = found.map(|(key, item)| Found::decode(key, item));
        let found: Vec<Found> = found.collect::<Result<_>>()?;
        let cards = cards_of(invocation, form, &found).await?;
        for (found, card) in found.iter().zip(cards) {
            let contact = &found.contact;
            let is_sayable = form.has_cards() || !contact.is_group_card;
            if is_sayable && is_wanted(contact) {
                let portrait = match form.has_cards() {
                    true => portraits::of(invocation, contact).await?,
                    false => None,
                };
                let card = (card.as_deref(), portrait.as_ref());
                let entry = entry(form, contact, card, &names, !place.has_begun)?;
                if place.after.is_some() && bytes.len() + entry.len() > MAX_PART_BYTES {
                    return Ok(Part {
                        bytes,
                        next: Some(place),
                    });
                }
                bytes.extend(entry);
                place.has_begun = true;
            }
            place.after = Some(contact.id.clone());
        }
        if page.next.is_none() {
            bytes.extend(form.foot());
            return Ok(Part { bytes, next: None });
        }
    }
    Ok(Part {
        bytes,
        next: Some(place),
    })
}

async fn contacts(invocation: &Invocation, after: Option<&str>) -> Result<ports::store::Page> {
    let query = Query {
        prefix: keys::contact(""),
        after: after.map(keys::contact),
        limit: CHUNK,
        ..Query::default()
    };
    invocation.store.query(&invocation.tenant, query).await
}

/// The cards that were kept, where the form can say them.
async fn cards_of(
    invocation: &Invocation,
    form: Form,
    found: &[Found],
) -> Result<Vec<Option<Bytes>>> {
    if !form.has_cards() {
        return Ok(vec![None; found.len()]);
    }
    let contacts = found.iter().map(|found| &found.contact);
    kept::of_all(invocation, contacts).await
}

fn entry(
    form: Form,
    contact: &Contact,
    card: (Option<&[u8]>, Option<&vcard::Photo>),
    names: &HashMap<String, String>,
    is_first: bool,
) -> Result<Vec<u8>> {
    let groups: Vec<_> = contact
        .groups
        .iter()
        .filter_map(|id| names.get(id).cloned())
        .collect();
    form.entry(contact, card, &groups, is_first)
        .map_err(|e| Error::internal(format!("writing {}", contact.id)).with_source(e))
}

/// Names of all groups by their ids.
async fn group_names(invocation: &Invocation) -> Result<HashMap<String, String>> {
    let groups = groups::all(invocation).await?.into_iter();
    Ok(groups
        .map(|found| (found.group.id, found.group.name))
        .collect())
}
