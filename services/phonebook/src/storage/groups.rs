//! Groups and their members.

use super::{
    Found as FoundContact,
    chain::{Link, Rest},
    contacts,
    group_cards::{self, listing},
    keys,
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

/// A new group, and a card of it.
pub fn create(invocation: &Invocation, group: &Group) -> Result<Batch> {
    let mut group = group.clone();
    let mut batch = group_cards::make(invocation, &mut group)?;
    batch.merge(put(invocation, None, &group, CREATED)?);
    Ok(batch)
}

/// The group as it is to be, and its card under its name.
pub async fn update(invocation: &Invocation, found: &Found, after: &Group) -> Result<Batch> {
    let mut batch = put(invocation, Some(found.item_version), after, UPDATED)?;
    if after.name != found.group.name {
        batch.merge(group_cards::rename(invocation, after).await?);
    }
    Ok(batch)
}

/// The group alone, and the event of it.
pub fn put(
    invocation: &Invocation,
    before: Option<u64>,
    group: &Group,
    event_type: &str,
) -> Result<Batch> {
    let mut batch = write(before, group)?;
    batch.event(event(invocation, event_type, group)?);
    Ok(batch)
}

/// A change that callers do not see: neither a version nor an event.
pub fn amend(found: &Found, after: &Group) -> Result<Batch> {
    write(Some(found.item_version), after)
}

fn write(before: Option<u64>, group: &Group) -> Result<Batch> {
    let value = serde_json::to_vec(group)
        .map_err(|e| Error::internal(format!("serialising {}", group.id)).with_source(e))?;
    let key = keys::group(&group.id);
    let mut batch = Batch::new();
    batch.expect(key.clone(), before).put(key, value);
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
    let batch = end(invocation, found).await?;
    disband(invocation, id, batch, &Rest::new(keys::DISBANDING, id)).await
}

/// The same in a commit that changes members in other ways: their memberships all end later.
pub async fn end_later(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let mut batch = end(invocation, found).await?;
    let rest = Rest::new(keys::DISBANDING, &found.group.id);
    batch.put_item(rest.item(invocation.now));
    Ok(batch)
}

/// The end of the group itself, and of its card.
async fn end(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let key = keys::group(&found.group.id);
    let mut batch = group_cards::end(invocation, &found.group).await?;
    batch
        .expect(key.clone(), Some(found.item_version))
        .delete(key);
    batch.event(event(invocation, DELETED, &found.group)?);
    Ok(batch)
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
        if !link.take(membership(invocation, member, id, false)?) {
            break;
        }
    }
    Ok(link.end(rest, invocation.now))
}

/// `None` when that is how it is already. The group's card hears of it.
pub fn change_membership(
    invocation: &Invocation,
    contact: &FoundContact,
    group: &str,
    is_member: bool,
) -> Result<Option<Batch>> {
    if contact.contact.groups.contains(group) == is_member {
        return Ok(None);
    }
    let mut batch = membership(invocation, contact, group, is_member)?;
    let groups = std::iter::once(group);
    listing::note(&mut batch, &contact.contact, groups, invocation.now);
    Ok(Some(batch))
}

/// The same when the card says so, or there is none any more. Nothing when that is how it is already.
pub fn membership(
    invocation: &Invocation,
    contact: &FoundContact,
    group: &str,
    is_member: bool,
) -> Result<Batch> {
    if contact.contact.groups.contains(group) == is_member {
        return Ok(Batch::new());
    }
    let mut after = contact.contact.next(invocation.now);
    if is_member {
        after.groups.insert(group.to_owned());
    } else {
        after.groups.remove(group);
    }
    let changed = vec!["groups".to_owned()];
    contacts::succeed(invocation, contact, &after, changed, None)
}
