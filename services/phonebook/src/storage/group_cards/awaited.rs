//! Whom groups' cards name and nobody knows, yet or any more: address books write groups before their members, and after
//! them, and write anew what they have deleted.
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
use std::collections::{BTreeMap, BTreeSet};

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
        if !self.add(group) {
            return Ok(batch);
        }
        for uid in uids(&self.member) {
            batch.expect(keys::uid(book, &uid), None);
        }
        if let Some(id) = resources::id_in(&self.member) {
            batch.expect(keys::contact(&id), None);
        }
        batch.merge(self.write()?);
        Ok(batch)
    }

    /// False when it waits already, or when there is no room for one more.
    fn add(&mut self, group: &str) -> bool {
        let is_new = !self.groups.iter().any(|one| one == group);
        let adds = is_new && self.groups.len() < MAX_MEMBERSHIPS;
        if adds {
            self.groups.push(group.to_owned());
        }
        adds
    }

    /// These groups wait from now on, whoever else does.
    fn wait_again(mut self, groups: &BTreeSet<&str>) -> Result<Batch> {
        let added = groups.iter().filter(|group| self.add(group)).count();
        if added == 0 {
            return Ok(Batch::new());
        }
        self.write()
    }

    /// The group waits no more.
    pub fn forget(self, group: &str) -> Result<Batch> {
        self.forget_all(|one| one == group)
    }

    fn forget_all(mut self, is_forgotten: impl Fn(&str) -> bool) -> Result<Batch> {
        let waited = self.groups.len();
        self.groups.retain(|one| !is_forgotten(one));
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

/// These contacts go, while the cards of their groups go on naming them: so the groups wait for whoever comes by their
/// names. Address books may delete a card and write it anew.
pub async fn wait_again(
    invocation: &Invocation,
    gone: impl Iterator<Item = &Contact>,
) -> Result<Batch> {
    let mut missed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for contact in gone.filter(|contact| !contact.groups.is_empty()) {
        let groups = missed.entry(member_id(contact.uid())).or_default();
        groups.extend(contact.groups.iter().map(String::as_str));
    }
    let mut batch = Batch::new();
    let members: Vec<&str> = missed.keys().copied().collect();
    if members.is_empty() {
        return Ok(batch);
    }
    let waiting = of(invocation, &members).await?;
    for (awaited, groups) in waiting.into_iter().zip(missed.values()) {
        batch.merge(awaited.wait_again(groups)?);
    }
    Ok(batch)
}

/// The contact is erased, and the cards of its groups name it no more.
pub async fn give_up(invocation: &Invocation, contact: &Contact) -> Result<Batch> {
    let mut batch = Batch::new();
    if contact.groups.is_empty() {
        return Ok(batch);
    }
    for awaited in of(invocation, &[contact.uid()]).await? {
        batch.merge(awaited.forget_all(|group| contact.groups.contains(group))?);
    }
    Ok(batch)
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
        if contact.groups.contains(&id) {
            continue;
        }
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
