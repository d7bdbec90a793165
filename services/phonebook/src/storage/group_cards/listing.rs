//! From a group's memberships to its card. Whoever changes a membership elsewhere leaves a note of it; a due item of the
//! group takes the notes together, so that many changes write the card once, and do not get into each other's way.

use super::joining;
use crate::{
    domain::{
        Contact, Group,
        group_card::{self, Listing, member_id},
    },
    storage::{Found, cards, chain, contacts, groups, keys, resources},
};
use bytes::Bytes;
use ports::{
    Batch, Item, Result, Timestamp,
    store::{Put, Query},
};
use runtime::Invocation;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use vcard::Card;

/// Notes in one commit.
const LENGTH: usize = 400;
/// Members that a new card of an older group is made of: about as many as a card holds.
const MAX_MEMBERS: usize = 9_000;
/// While the card's own changes are not all done.
const PAUSE: Duration = Duration::from_secs(1);

/// The card of this group is to be looked at.
pub fn order(batch: &mut Batch, group: &str, due_at: Timestamp) {
    let key = keys::listing(group);
    if batch.puts.iter().any(|put| put.key == key) {
        return;
    }
    batch.put_item(Put {
        key,
        value: Bytes::new(),
        expires_at: None,
        due_at: Some(due_at),
    });
}

/// Notes that the contact may have joined or left these groups.
pub fn note<'g>(
    batch: &mut Batch,
    contact: &Contact,
    groups: impl Iterator<Item = &'g str>,
    now: Timestamp,
) {
    for group in groups {
        let known_as = contact.uid().to_owned();
        batch.put(keys::unlisted(group, &contact.id), known_as);
        order(batch, group, now);
    }
}

/// Notes what is different. A card that calls itself otherwise has to be told everywhere.
pub fn note_change(batch: &mut Batch, before: &Contact, after: &Contact, now: Timestamp) {
    if before.uid() == after.uid() {
        let differ = before.groups.symmetric_difference(&after.groups);
        note(batch, before, differ.map(String::as_str), now);
    } else {
        let all = before.groups.union(&after.groups);
        note(batch, before, all.map(String::as_str), now);
    }
}

/// Takes the group's notes into its card.
pub async fn resume(invocation: &Invocation, group: &str) -> Result<Batch> {
    let (notes, has_more) = notes(invocation, group).await?;
    let mut batch = Batch::new();
    if let Some(found) = groups::find(invocation, group).await? {
        let key = keys::joining(group);
        let joining = invocation.store.get(&invocation.tenant, &key).await?;
        // What was given up stays behind, due no more.
        if joining.as_ref().is_some_and(|item| item.due_at.is_some()) {
            order(&mut batch, group, invocation.now + PAUSE);
            return Ok(batch);
        }
        batch.merge(match super::beside(invocation, &found.group).await? {
            Some(card) => list(invocation, group, &card, &notes, joining).await?,
            None => adopt(invocation, &found).await?,
        });
    }
    for (id, _) in &notes {
        batch.delete(keys::unlisted(group, id));
    }
    if has_more {
        order(&mut batch, group, invocation.now);
    } else {
        batch.delete(keys::listing(group));
    }
    Ok(batch)
}

/// The first notes: ids of contacts, and what the card may call them.
async fn notes(invocation: &Invocation, group: &str) -> Result<(Vec<(String, String)>, bool)> {
    let query = Query {
        prefix: keys::unlisted(group, ""),
        limit: LENGTH,
        ..Query::default()
    };
    let page = invocation.store.query(&invocation.tenant, query).await?;
    let note = |(key, item): (String, Item)| {
        let id = key.rsplit('/').next().unwrap_or_default().to_owned();
        (id, String::from_utf8_lossy(&item.value).into_owned())
    };
    let notes = page.items.into_iter().map(note).collect();
    Ok((notes, page.next.is_some()))
}

async fn list(
    invocation: &Invocation,
    group: &str,
    card: &Found,
    notes: &[(String, String)],
    given_up: Option<Item>,
) -> Result<Batch> {
    let listings = listings(invocation, group, notes).await?;
    let Some(bytes) = cards::of(invocation, &card.contact).await? else {
        return Ok(Batch::new());
    };
    let present = cards::parse(&card.contact.id, &bytes)?;
    let others = others(invocation, group, &present, &listings).await?;
    let listed = group_card::listed(&present, &listings, &others);
    if listed == present {
        return Ok(Batch::new());
    }
    let after = card.contact.next(invocation.now);
    let mut batch = contacts::rewrite(card, &after)?;
    batch.put(keys::card(&after.id), listed.to_bytes().into_owned());
    if let Some(item) = given_up {
        let (before, after) = (group_card::members(&present), group_card::members(&listed));
        let kept = joining::keep(group, &item, &before, &after)?;
        if chain::fits(&batch, &kept) {
            batch.merge(kept);
        }
    }
    Ok(batch)
}

/// Who of them is a member now. Nobody is who is not there any more.
async fn listings(
    invocation: &Invocation,
    group: &str,
    notes: &[(String, String)],
) -> Result<Vec<Listing>> {
    let ids = notes.iter().map(|(id, _)| id.as_str());
    let found = contacts::find_all(invocation, ids).await?;
    let found: HashMap<&str, &Contact> = found
        .iter()
        .map(|found| (found.contact.id.as_str(), &found.contact))
        .collect();
    let listing = |(id, known_as): &(String, String)| {
        let contact = found.get(id.as_str());
        let contact = contact.filter(|contact| contact.groups.contains(group));
        Listing {
            id: id.clone(),
            known_as: known_as.clone(),
            member: contact.map(|contact| contact.uid().to_owned()),
        }
    };
    Ok(notes.iter().map(listing).collect())
}

/// Of the names that are to go out of the card, those by which it means another member: contacts of several books may
/// have one `UID`, and one that was deleted may have come back as another.
async fn others(
    invocation: &Invocation,
    group: &str,
    card: &Card,
    listings: &[Listing],
) -> Result<HashSet<String>> {
    let present = group_card::members(card);
    let former: HashSet<&str> = listings.iter().flat_map(Listing::former).collect();
    let names = present.iter().map(String::as_str);
    let names: Vec<&str> = names.filter(|name| former.contains(name)).collect();
    let holders = resources::all_named(invocation, &names).await?;
    let is_meant = |name: &str, found: &Found| {
        found.contact.groups.contains(group) && member_id(found.contact.uid()) == name
    };
    let all = names.into_iter().zip(holders);
    let others = all.filter(|(name, holders)| holders.iter().any(|found| is_meant(name, found)));
    Ok(others.map(|(name, _)| name.to_owned()).collect())
}

/// A group from before groups had cards gets one, with the members that it has.
async fn adopt(invocation: &Invocation, found: &groups::Found) -> Result<Batch> {
    let mut group: Group = found.group.clone();
    let contact = group_card::contact(&group);
    let mut listings = Vec::new();
    let mut after = None;
    while listings.len() < MAX_MEMBERS {
        let query = Query {
            prefix: keys::members(&group.id),
            after,
            limit: LENGTH,
            ..Query::default()
        };
        let page = invocation.store.index(&invocation.tenant, query).await?;
        let id = |key: &String| (keys::listed_id(key).unwrap_or_default(), String::new());
        let ids: Vec<_> = page.keys.iter().map(id).collect();
        listings.extend(self::listings(invocation, &group.id, &ids).await?);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let card = group_card::listed(&super::made(&contact)?, &listings, &HashSet::new());
    group.card = Some(contact.id.clone());
    let mut batch = contacts::create(invocation, &contact)?;
    batch.put(keys::card(&contact.id), card.to_bytes().into_owned());
    batch.merge(groups::amend(found, &group)?);
    Ok(batch)
}
