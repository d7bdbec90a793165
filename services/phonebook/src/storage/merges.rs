//! Merges: what several contacts said becomes one contact's, and the others are put away until nobody can want them back.

use super::{
    Found, chain, contacts,
    group_cards::{awaited, listing},
    history::{self, KEPT},
    keys,
    purge::{self, Purge},
};
use crate::domain::{
    Contact, Fields,
    merge::{merge, take_out},
};
use ports::{
    Batch, Error, Result, Timestamp, TypeId,
    store::{Put, Query},
};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const ID_PREFIX: &str = "mrg";

/// Other merges into a contact that are looked at when one is undone.
const MAX_OTHERS: usize = 20;

/// What was merged, and what it takes to undo it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Merge {
    pub id: String,
    pub into: String,
    pub from: Vec<String>,
    pub created_at: Timestamp,
    /// What the first contact was before.
    before: Fields,
    groups: BTreeSet<String>,
}

/// A merge as it was read.
#[derive(Debug)]
pub struct Kept {
    pub merge: Merge,
    item_version: u64,
}

impl Merge {
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/contacts/merges/{}", self.id)
    }

    /// As the API shows it; `contact` is the one that was merged into, while it is there.
    #[must_use]
    pub fn view(&self, contact: Option<&Contact>) -> Value {
        json!({
            "id": self.id, "into": self.into, "from": self.from,
            "contact": contact.map(Contact::view), "created_at": self.created_at.to_string(),
        })
    }

    fn put(&self, due_at: Timestamp) -> Result<Put> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal(format!("serialising {}", self.id)).with_source(e))?;
        Ok(Put {
            key: keys::merge(&self.id),
            value: value.into(),
            expires_at: None,
            due_at: Some(due_at),
        })
    }

    fn listed(&self) -> String {
        format!("{}{}", keys::merges_into(&self.into), self.id)
    }
}

pub async fn find(invocation: &Invocation, id: &str) -> Result<Option<Kept>> {
    let key = keys::merge(id);
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    let unreadable = |e| Error::internal("a stored merge cannot be read").with_source(e);
    item.map(|item| {
        Ok(Kept {
            merge: serde_json::from_slice(&item.value).map_err(unreadable)?,
            item_version: item.version,
        })
    })
    .transpose()
}

/// A new merge, the contact that comes of it, and what it takes to keep both. Whether the contact is within the limits
/// is for the caller to say.
pub async fn create(
    invocation: &Invocation,
    into: &Found,
    from: &[Found],
) -> Result<(Merge, Contact, Batch)> {
    let before = &into.contact;
    let mut after = before.next(invocation.now);
    after.fields = merge(&before.fields, from.iter().map(|one| &one.contact.fields));
    let groups = from.iter().flat_map(|one| &one.contact.groups);
    after.groups.extend(groups.cloned());
    let merge = Merge {
        id: TypeId::new(ID_PREFIX).into(),
        into: before.id.clone(),
        from: from.iter().map(|one| one.contact.id.clone()).collect(),
        created_at: invocation.now,
        before: before.fields.clone(),
        groups: before.groups.clone(),
    };
    let mut batch = contacts::update(invocation, into, &after, changes(before, &after)).await?;
    for one in from {
        let key = keys::merged(&one.contact.id);
        batch.merge(contacts::put_away(invocation, one, key, None).await?);
    }
    let gone = from.iter().map(|one| &one.contact);
    batch.merge(awaited::wait_again(invocation, gone).await?);
    batch.put_item(merge.put(invocation.now + KEPT)?);
    batch.index(merge.listed());
    Ok((merge, after, batch))
}

/// What the undoing writes beyond what the merge wrote: no merge should be too large to be undone.
pub fn undoing_adds(invocation: &Invocation, from: &[Found]) -> Result<Batch> {
    let mut batch = Batch::new();
    for one in from {
        history::record(&mut batch, &one.contact, invocation.now)?;
        let groups = one.contact.groups.iter().map(String::as_str);
        let mut told = Batch::new();
        listing::note(&mut told, &one.contact, groups, invocation.now);
        chain::join(&mut batch, told);
    }
    Ok(batch)
}

fn changes(before: &Contact, after: &Contact) -> Vec<String> {
    let mut changed = after.fields.changed_from(&before.fields);
    if before.groups != after.groups {
        changed.push("groups".to_owned());
    }
    changed
}

/// The merged contacts come back, and what they had added is taken out again, unless it was changed since.
pub async fn undo(invocation: &Invocation, kept: &Kept, into: &Found) -> Result<Batch> {
    let merge = &kept.merge;
    let from = merge.from.iter().map(String::as_str);
    let from = contacts::find_merged(invocation, from).await?;
    let others = others(invocation, merge).await?;
    let after = without(merge, into, &from, &others, invocation.now);
    let changed = changes(&into.contact, &after);
    let mut batch = Batch::new();
    if !changed.is_empty() {
        batch.merge(contacts::update(invocation, into, &after, changed).await?);
    }
    for one in &from {
        let mut back = one.contact.next(invocation.now);
        back.deleted_at = None;
        chain::join(
            &mut batch,
            contacts::settle_again(invocation, &mut back).await?,
        );
        chain::join(&mut batch, contacts::restore(invocation, one, &back, None)?);
    }
    let key = keys::merge(&merge.id);
    batch
        .expect(key.clone(), Some(kept.item_version))
        .delete(key);
    batch.unindex(merge.listed());
    Ok(batch)
}

fn without(
    kept: &Merge,
    into: &Found,
    from: &[Found],
    others: &[Found],
    now: Timestamp,
) -> Contact {
    let all = |of: &Fields, more: &[Found]| merge(of, more.iter().map(|one| &one.contact.fields));
    let merged = all(&kept.before, from);
    let others_fields = all(&Fields::default(), others);
    let mut after = into.contact.next(now);
    after.fields = take_out(&into.contact.fields, &kept.before, &merged, &others_fields);
    let stays = |group: &String| {
        let has = |one: &Found| one.contact.groups.contains(group);
        kept.groups.contains(group) || !from.iter().any(has) || others.iter().any(has)
    };
    after.groups.retain(stays);
    after
}

/// What else was merged into the same contact.
async fn others(invocation: &Invocation, merge: &Merge) -> Result<Vec<Found>> {
    let query = Query {
        prefix: keys::merges_into(&merge.into),
        limit: MAX_OTHERS + 1,
        ..Query::default()
    };
    let page = invocation.store.index(&invocation.tenant, query).await?;
    let mut all = Vec::new();
    for id in page.keys.iter().filter_map(|key| key.rsplit('/').next()) {
        if id == merge.id {
            continue;
        }
        if let Some(other) = find(invocation, id).await? {
            let from = other.merge.from.iter().map(String::as_str);
            all.extend(contacts::find_merged(invocation, from).await?);
        }
    }
    Ok(all)
}

/// Erases what a merge had put away, one contact in each commit, then the merge itself.
pub async fn forget(invocation: &Invocation, mut merge: Merge) -> Result<Batch> {
    while let Some(id) = merge.from.pop() {
        let found = contacts::find_merged(invocation, std::iter::once(id.as_str())).await?;
        if let Some(found) = found.first() {
            let mut batch = purge::begin(invocation, found, Purge { announce: false }).await?;
            batch.put_item(merge.put(invocation.now)?);
            return Ok(batch);
        }
    }
    let mut batch = Batch::new();
    batch.delete(keys::merge(&merge.id)).unindex(merge.listed());
    Ok(batch)
}

/// With a contact that is erased goes what was merged into it.
pub async fn orphan(invocation: &Invocation, batch: &mut Batch, id: &str) -> Result<()> {
    if first_into(invocation, id).await?.is_some() {
        batch.put_item(Put {
            key: keys::forgetting(id),
            value: bytes::Bytes::new(),
            expires_at: None,
            due_at: Some(invocation.now),
        });
    }
    Ok(())
}

/// Makes the first of the merges into an erased contact due, and goes on until there are none.
pub async fn forget_all(invocation: &Invocation, into: &str) -> Result<Batch> {
    let mut batch = Batch::new();
    let Some(listed) = first_into(invocation, into).await? else {
        batch.delete(keys::forgetting(into));
        return Ok(batch);
    };
    let id = listed.rsplit('/').next().unwrap_or_default();
    if let Some(kept) = find(invocation, id).await? {
        batch.expect(keys::merge(id), Some(kept.item_version));
        batch.put_item(kept.merge.put(invocation.now)?);
    }
    batch.unindex(listed);
    orphan(invocation, &mut batch, into).await?;
    Ok(batch)
}

async fn first_into(invocation: &Invocation, id: &str) -> Result<Option<String>> {
    let query = Query {
        prefix: keys::merges_into(id),
        limit: 1,
        ..Query::default()
    };
    let page = invocation.store.index(&invocation.tenant, query).await?;
    Ok(page.keys.into_iter().next())
}
