//! Groups and their members.

use super::{
    Found as FoundContact,
    chain::{Link, Rest},
    contacts, keys,
};
use crate::domain::Group;
use contracts::groups::{CREATED, DELETED, GroupChanged, UPDATED};
use ports::{
    Batch, Error, Result,
    store::{MAX_PAGE, Query},
};
use runtime::Invocation;

/// A group as it was read.
pub struct Found {
    pub group: Group,
    pub item_version: u64,
}

pub fn decode(value: &[u8]) -> Result<Group> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal("a stored group cannot be read").with_source(e))
}

pub async fn find(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    let item = invocation
        .store
        .get(&invocation.tenant, &keys::group(id))
        .await?;
    item.map(|item| {
        Ok(Found {
            group: decode(&item.value)?,
            item_version: item.version,
        })
    })
    .transpose()
}

/// Every group, the oldest first. They are few.
pub async fn all(invocation: &Invocation) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let query = Query {
            prefix: keys::GROUPS.to_owned(),
            after,
            limit: MAX_PAGE,
            ..Query::default()
        };
        let page = invocation.store.query(&invocation.tenant, query).await?;
        for (_, item) in page.items {
            all.push(Found {
                group: decode(&item.value)?,
                item_version: item.version,
            });
        }
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

pub fn create(invocation: &Invocation, group: &Group) -> Result<Batch> {
    write(invocation, None, group, CREATED)
}

pub fn update(invocation: &Invocation, found: &Found, after: &Group) -> Result<Batch> {
    write(invocation, Some(found.item_version), after, UPDATED)
}

fn write(
    invocation: &Invocation,
    before: Option<u64>,
    group: &Group,
    event_type: &str,
) -> Result<Batch> {
    let value = serde_json::to_vec(group)
        .map_err(|e| Error::internal(format!("serialising {}", group.id)).with_source(e))?;
    let key = keys::group(&group.id);
    let mut batch = Batch::new();
    batch.expect(key.clone(), before).put(key, value);
    batch.event(event(invocation, event_type, group)?);
    Ok(batch)
}

fn event(invocation: &Invocation, event_type: &str, group: &Group) -> Result<ports::Event> {
    let data = GroupChanged {
        group: group.view(),
    };
    invocation.event(event_type, &group.id, &data)
}

/// The group goes at once, and as many memberships with it as one commit holds; the rest follows.
pub async fn delete(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let id = &found.group.id;
    let key = keys::group(id);
    let mut batch = Batch::new();
    batch
        .expect(key.clone(), Some(found.item_version))
        .delete(key);
    batch.event(event(invocation, DELETED, &found.group)?);
    let rest = Rest::new(keys::DISBANDING, id);
    disband(invocation, id, batch, &rest).await
}

/// Ends memberships of a group that is gone.
pub async fn disband(
    invocation: &Invocation,
    id: &str,
    batch: Batch,
    rest: &Rest<'_>,
) -> Result<Batch> {
    let (mut link, members) = Link::begin(invocation, &keys::members(id), batch).await?;
    for member in &members {
        let change = change_membership(invocation, member, id, false).await?;
        if !link.take(change.unwrap_or_default()) {
            break;
        }
    }
    Ok(link.end(rest, invocation.now))
}

/// `None` when that is how it is already.
pub async fn change_membership(
    invocation: &Invocation,
    contact: &FoundContact,
    group: &str,
    is_member: bool,
) -> Result<Option<Batch>> {
    if contact.contact.groups.contains(group) == is_member {
        return Ok(None);
    }
    let mut after = contact.contact.next(invocation.now);
    if is_member {
        after.groups.insert(group.to_owned());
    } else {
        after.groups.remove(group);
    }
    let changed = vec!["groups".to_owned()];
    contacts::update(invocation, contact, &after, changed)
        .await
        .map(Some)
}
