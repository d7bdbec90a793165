//! The cards of groups. Beside each group lies one, an item like a contact's, so that address books see it as any other
//! card: with its address, its entity tag, and its place among the changes.
//!
//! Both can change. What a card says goes to the memberships ([`joining`]), and what becomes of the memberships
//! elsewhere goes into the card ([`listing`]). Each tells the other only what was different before, so neither takes
//! back what the other has not heard of yet.

pub mod awaited;
pub mod joining;
pub mod listing;

use super::{Found, cards, contacts, groups, keys};
use crate::domain::{
    Contact, Group,
    group_card::{self, Work},
};
use bytes::Bytes;
use contracts::groups::{CREATED, UPDATED};
use ports::{Batch, Error, Result};
use runtime::Invocation;
use vcard::Card;

/// The card of a group that was made elsewhere, which is told its name.
pub fn make(invocation: &Invocation, group: &mut Group) -> Result<Batch> {
    let contact = group_card::contact(group);
    let card = made(&contact)?;
    group.card = Some(contact.id.clone());
    let mut batch = contacts::create(invocation, &contact)?;
    batch.put(keys::card(&contact.id), card.to_bytes().into_owned());
    Ok(batch)
}

fn made(contact: &Contact) -> Result<Card> {
    group_card::made(contact)
        .map_err(|e| Error::internal(format!("making the card of {}", contact.id)).with_source(e))
}

/// The new name of a group in its card; only the lines of names change.
pub async fn rename(invocation: &Invocation, group: &Group) -> Result<Batch> {
    let Some(found) = beside(invocation, group).await? else {
        // From before groups had cards: it gets one now.
        let mut batch = Batch::new();
        listing::order(&mut batch, &group.id, invocation.now);
        return Ok(batch);
    };
    let mut after = found.contact.next(invocation.now);
    after.fields = group_card::renamed(&after.fields, &group.name);
    let card = cards::edited(invocation, &found.contact, &after.fields).await?;
    let mut batch = contacts::rewrite(&found, &after)?;
    if let Some(card) = card {
        batch.put(keys::card(&after.id), card.after);
    }
    Ok(batch)
}

/// The item of a group's card.
pub async fn beside(invocation: &Invocation, group: &Group) -> Result<Option<Found>> {
    let id = group.card.as_deref().into_iter();
    let found = contacts::find_all(invocation, id).await?;
    Ok(found.into_iter().next())
}

/// A card that a client wrote: the batch keeps it, and makes the group that it describes.
pub fn create(
    invocation: &Invocation,
    contact: &mut Contact,
    card: &Card,
    bytes: Bytes,
) -> Result<(Batch, Work)> {
    let group = found_group(invocation, contact);
    let mut batch = contacts::create(invocation, contact)?;
    batch.merge(groups::put(invocation, None, &group, CREATED)?);
    batch.put(keys::card(&contact.id), bytes);
    let work = group_card::work(&[], &group_card::members(card), &Work::default());
    Ok((batch, work))
}

/// The same for a card that comes back out of the bin, where its group has ended.
pub async fn restore(
    invocation: &Invocation,
    found: &Found,
    contact: &mut Contact,
    card: &Card,
    bytes: Bytes,
) -> Result<(Batch, Work)> {
    let mut batch = contacts::settle_again(invocation, contact).await?;
    contact.groups.clear();
    let group = found_group(invocation, contact);
    batch.merge(contacts::restore(invocation, found, contact, None)?);
    batch.merge(groups::put(invocation, None, &group, CREATED)?);
    batch.put(keys::card(&contact.id), bytes);
    let work = group_card::work(&[], &group_card::members(card), &Work::default());
    Ok((batch, work))
}

/// The group of a card that had none.
fn found_group(invocation: &Invocation, contact: &mut Contact) -> Group {
    let mut group = Group::new(group_card::name(&contact.fields), None, invocation.now);
    contact.is_group_card = true;
    contact.has_card = true;
    contact.group = Some(group.id.clone());
    group.card = Some(contact.id.clone());
    group
}

/// What a client made of a card: its next version, and of its group what the card says otherwise than before.
pub async fn replace(
    invocation: &Invocation,
    found: &Found,
    after: &mut Contact,
    card: &Card,
    bytes: Bytes,
) -> Result<(Batch, Work)> {
    let group = match &found.contact.group {
        Some(id) => groups::find(invocation, id).await?,
        None => None,
    };
    let (change, work) = match group {
        Some(present) => {
            let (mut change, work) = replan(invocation, found, &present.group.id, card).await?;
            change.merge(named_by(invocation, &present, after)?);
            (change, work)
        }
        None => {
            let group = found_group(invocation, after);
            let work = group_card::work(&[], &group_card::members(card), &Work::default());
            (groups::put(invocation, None, &group, CREATED)?, work)
        }
    };
    let mut batch = contacts::rewrite(found, after)?;
    batch.put(keys::card(&after.id), bytes);
    batch.merge(change);
    Ok((batch, work))
}

/// The group under the name that its card has.
fn named_by(invocation: &Invocation, present: &groups::Found, card: &Contact) -> Result<Batch> {
    let name = group_card::name(&card.fields);
    if name == present.group.name {
        let mut batch = Batch::new();
        batch.expect(keys::group(&present.group.id), Some(present.item_version));
        return Ok(batch);
    }
    let after = present.group.renamed(name, invocation.now);
    groups::put(invocation, Some(present.item_version), &after, UPDATED)
}

/// Who joins and who leaves by the new card, with what the last one had left to do.
async fn replan(
    invocation: &Invocation,
    found: &Found,
    group: &str,
    card: &Card,
) -> Result<(Batch, Work)> {
    let key = keys::joining(group);
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    let unfinished = item.as_ref().map(|item| joining::decode(&item.value));
    let unfinished = unfinished.transpose()?.unwrap_or_default();
    let mut batch = Batch::new();
    batch.expect(key, item.map(|item| item.version));
    let before = members(invocation, &found.contact).await?;
    let work = group_card::work(&before, &group_card::members(card), &unfinished);
    Ok((batch, work))
}

/// Whom the present card names.
async fn members(invocation: &Invocation, contact: &Contact) -> Result<Vec<String>> {
    let Some(bytes) = cards::of(invocation, contact).await? else {
        return Ok(Vec::new());
    };
    Ok(group_card::members(&cards::parse(&contact.id, &bytes)?))
}

/// A card goes to the bin, and with it its group; the contacts stay. The memberships end in further commits.
pub async fn bin(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let group = match &found.contact.group {
        Some(id) => groups::find(invocation, id).await?,
        None => None,
    };
    match group {
        Some(group) => groups::end_later(invocation, &group).await,
        None => contacts::bin(invocation, found).await,
    }
}

/// The end of a group's card, with the group. Whom it waited for is not waited for any more.
pub async fn end(invocation: &Invocation, group: &Group) -> Result<Batch> {
    let Some(found) = beside(invocation, group).await? else {
        return Ok(Batch::new());
    };
    let mut batch = contacts::bin(invocation, &found).await?;
    let forgotten = Work {
        leave: members(invocation, &found.contact).await?.into(),
        ..Work::default()
    };
    if !forgotten.is_empty() {
        batch.put_item(joining::item(&group.id, &forgotten, invocation.now)?);
    }
    Ok(batch)
}
