//! Whom groups' cards name and nobody knows yet: address books write groups before their members, and after them.
//!
//! An item for each name has the ids of the groups that wait. A contact that comes expects it to be as it was read, and
//! a group that begins to wait expects that nobody has the name: so neither misses the other.

use crate::{
    domain::{
        Contact,
        group::MAX_MEMBERSHIPS,
        group_card::{member_id, uids},
    },
    storage::{groups, keys, resources},
};
use ports::{Batch, Error, Item, Result};
use runtime::Invocation;

/// A name, and who waits for it.
pub struct Awaited {
    member: String,
    groups: Vec<String>,
    item_version: Option<u64>,
}

/// Who waits for these members, in their order.
pub async fn of(invocation: &Invocation, members: &[&str]) -> Result<Vec<Awaited>> {
    let keys: Vec<String> = members.iter().map(|member| keys::awaited(member)).collect();
    let items = invocation.store.batch_get(&invocation.tenant, &keys);
    let items = items.await?;
    let all = members.iter().zip(items);
    all.map(|(member, item)| Awaited::read(member, item))
        .collect()
}

impl Awaited {
    fn read(member: &str, item: Option<Item>) -> Result<Self> {
        let unreadable = |e| Error::internal("reading who waits for a contact").with_source(e);
        let groups = item
            .as_ref()
            .map(|item| serde_json::from_slice(&item.value).map_err(unreadable));
        Ok(Self {
            member: member_id(member).to_owned(),
            groups: groups.transpose()?.unwrap_or_default(),
            item_version: item.map(|item| item.version),
        })
    }

    /// The group waits, as long as nobody in its book has come by that name.
    pub fn wait(mut self, group: &str, book: &str) -> Result<Batch> {
        let mut batch = Batch::new();
        if self.groups.iter().any(|one| one == group) || self.groups.len() >= MAX_MEMBERSHIPS {
            return Ok(batch);
        }
        for uid in uids(&self.member) {
            batch.expect(keys::uid(book, &uid), None);
        }
        if let Some(id) = resources::id_in(&self.member) {
            batch.expect(keys::contact(&id), None);
        }
        self.groups.push(group.to_owned());
        batch.merge(self.write()?);
        Ok(batch)
    }

    /// The group waits no more.
    pub fn forget(mut self, group: &str) -> Result<Batch> {
        let waited = self.groups.len();
        self.groups.retain(|one| one != group);
        if self.groups.len() == waited {
            return Ok(Batch::new());
        }
        self.write()
    }

    fn write(&self) -> Result<Batch> {
        let key = keys::awaited(&self.member);
        let mut batch = Batch::new();
        batch.expect(key.clone(), self.item_version);
        if self.groups.is_empty() {
            batch.delete(key);
        } else {
            let value = serde_json::to_vec(&self.groups)
                .map_err(|e| Error::internal("serialising who waits").with_source(e))?;
            batch.put(key, value);
        }
        Ok(batch)
    }
}

/// A contact comes: it joins the groups that waited for it.
pub async fn join(invocation: &Invocation, contact: &mut Contact) -> Result<Batch> {
    let key = keys::awaited(contact.uid());
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    join_as(invocation, contact, item).await
}

/// The same when the item of who waits has been read.
pub async fn join_as(
    invocation: &Invocation,
    contact: &mut Contact,
    item: Option<Item>,
) -> Result<Batch> {
    let Awaited {
        groups,
        item_version,
        ..
    } = Awaited::read(contact.uid(), item)?;
    let key = keys::awaited(contact.uid());
    let mut batch = Batch::new();
    batch.expect(key.clone(), item_version);
    if item_version.is_some() {
        batch.delete(key);
    }
    for id in groups {
        let group = groups::find(invocation, &id).await?;
        if let Some(group) = group
            && contact.groups.len() < MAX_MEMBERSHIPS
        {
            batch.expect(keys::group(&id), Some(group.item_version));
            contact.groups.insert(id);
        }
    }
    Ok(batch)
}
