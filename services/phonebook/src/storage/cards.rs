//! Cards as address books wrote them, beside the contacts that were made of them.

use super::{chain, history, keys};
use crate::domain::{Contact, Fields};
use bytes::Bytes;
use ports::{
    Batch, Error, Result, Timestamp,
    store::{Put, Query},
};
use runtime::Invocation;
use serde_json::Value;
use vcard::Card;

/// A contact's card before and after a change.
#[derive(Debug, Clone)]
pub struct Rewrite {
    /// `None` when there was none.
    pub before: Option<Bytes>,
    pub after: Bytes,
}

impl Rewrite {
    /// Writes the card. What it was stays in the contact's history, unless the commit has no room for both: of an
    /// earlier version the contact's own fields are kept in any case.
    pub fn record(self, batch: &mut Batch, contact: &Contact, now: Timestamp) {
        let id = &contact.id;
        batch.put(keys::card(id), self.after);
        let mut earlier = Batch::new();
        if let Some(before) = self.before {
            earlier.put_item(Put {
                key: keys::earlier_card(id, contact.version),
                value: before,
                expires_at: Some(now + history::KEPT),
                due_at: None,
            });
        }
        if contact.version > history::MAX_VERSIONS {
            let dropped = contact.version - history::MAX_VERSIONS;
            batch.delete(keys::earlier_card(id, dropped));
        }
        if chain::fits(batch, &earlier) {
            batch.merge(earlier);
        }
    }
}

/// Cards that were written by address books, in the order of the contacts; the others have none.
pub async fn of_all<'c>(
    invocation: &Invocation,
    contacts: impl Iterator<Item = &'c Contact>,
) -> Result<Vec<Option<Bytes>>> {
    let contacts: Vec<&Contact> = contacts.collect();
    let kept = contacts.iter().filter(|contact| contact.has_card);
    let keys: Vec<String> = kept.map(|contact| keys::card(&contact.id)).collect();
    if keys.is_empty() {
        return Ok(vec![None; contacts.len()]);
    }
    let items = invocation.store.batch_get(&invocation.tenant, &keys);
    let mut items = items.await?.into_iter();
    let mut card_of = |contact: &&Contact| {
        let item = contact.has_card.then(|| items.next()).flatten().flatten();
        item.map(|item| item.value)
    };
    Ok(contacts.iter().map(&mut card_of).collect())
}

/// The card that an address book wrote, if one did.
pub async fn of(invocation: &Invocation, contact: &Contact) -> Result<Option<Bytes>> {
    let mut cards = of_all(invocation, std::iter::once(contact)).await?;
    Ok(cards.pop().flatten())
}

/// What an edit of the fields makes of the card; `None` when it stays as it is.
pub async fn edited(
    invocation: &Invocation,
    before: &Contact,
    after: &Fields,
) -> Result<Option<Rewrite>> {
    if before.fields == *after {
        return Ok(None);
    }
    let Some(bytes) = of(invocation, before).await? else {
        return Ok(None);
    };
    let card = parse(&before.id, &bytes)?;
    let said = before.fields.document();
    let edited = edit(&before.id, &card, &said, &after.document())?;
    Ok(rewrite(bytes, edited))
}

/// The card of an earlier version, with the fields that the contact had then; `None` when it stays as it is.
pub async fn restored(
    invocation: &Invocation,
    present: &Contact,
    version: u64,
    fields: &Fields,
) -> Result<Option<Rewrite>> {
    let Some(bytes) = of(invocation, present).await? else {
        return Ok(None);
    };
    let query = Query {
        prefix: keys::cards(&present.id),
        after: Some(keys::earlier_card(&present.id, version.saturating_sub(1))),
        limit: 1,
        ..Query::default()
    };
    let page = invocation.store.query(&invocation.tenant, query).await?;
    let earlier = page.items.into_iter().next().map(|(_, item)| item.value);
    let earlier = earlier.unwrap_or_else(|| bytes.clone());
    let mut card = parse(&present.id, &earlier)?;
    // A photo is no part of a version: it stays what it is.
    let photo = parse(&present.id, &bytes)?.photo();
    if card.photo() != photo {
        card.set_photo(photo.as_ref());
    }
    // A version whose own card was not kept gets its fields into the next card that was.
    let said = vcard::document(&card).value;
    let restored = edit(&present.id, &card, &said, &fields.document())?;
    Ok(rewrite(bytes, restored))
}

/// The card without any photo, when it is to hold none any more; `None` when it stays as it is.
pub async fn without_photo(invocation: &Invocation, contact: &Contact) -> Result<Option<Rewrite>> {
    let Some(bytes) = of(invocation, contact).await? else {
        return Ok(None);
    };
    let mut card = parse(&contact.id, &bytes)?;
    card.set_photo(None);
    let after = card.to_bytes().into_owned().into();
    Ok(rewrite(bytes, after))
}

fn rewrite(before: Bytes, after: Bytes) -> Option<Rewrite> {
    (before != after).then_some(Rewrite {
        before: Some(before),
        after,
    })
}

/// Only the lines of what differs between the two documents change.
fn edit(id: &str, card: &Card, before: &Value, after: &Value) -> Result<Bytes> {
    let edited = vcard::apply(card, before, after)
        .map_err(|e| Error::internal(format!("editing the card of {id}")).with_source(e))?;
    Ok(edited.to_bytes().into_owned().into())
}

/// A card that was stored, which was read before.
pub fn parse(id: &str, bytes: &[u8]) -> Result<Card> {
    Card::parse(bytes)
        .map_err(|e| Error::internal(format!("reading the card of {id}")).with_source(e))
}
