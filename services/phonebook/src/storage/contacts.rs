use super::{
    cards::{self, Rewrite},
    group_cards::{awaited, listing},
    history, keys, photos,
};
use crate::domain::{Contact, Index, graft::graft};
use bytes::Bytes;
use contracts::contacts::{CREATED, ContactChanged, DELETED, RESTORED, UPDATED};
use ports::{
    Batch, Error, Item, Result, Timestamp,
    store::{Condition, Put},
};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// How long a deleted contact stays in the bin.
pub const BIN_TIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// The item of a contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    pub contact: Contact,
    #[serde(default)]
    pub index: Index,
}

/// A contact as it was read, with what it takes to write it back.
#[derive(Debug, Clone)]
pub struct Found {
    pub contact: Contact,
    index: Index,
    key: String,
    item: Item,
}

/// The contact, unless it is in the bin.
pub async fn find(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    let found = read(invocation, keys::contact(id)).await?;
    Ok(found.filter(|found| !found.contact.is_group_card))
}

pub async fn find_in_bin(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    let found = read(invocation, keys::bin(id)).await?;
    Ok(found.filter(|found| !found.contact.is_group_card))
}

/// One that is in no list and may come back: from the bin, or from the contact that it was merged into.
pub async fn find_put_away(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    match find_in_bin(invocation, id).await? {
        Some(found) => Ok(Some(found)),
        None => read(invocation, keys::merged(id)).await,
    }
}

async fn read(invocation: &Invocation, key: String) -> Result<Option<Found>> {
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    item.map(|item| Found::decode(key, item)).transpose()
}

/// Those of the contacts that are there, and not in the bin, in the order of the ids.
pub async fn find_all(
    invocation: &Invocation,
    ids: impl Iterator<Item = impl AsRef<str>>,
) -> Result<Vec<Found>> {
    let keys = ids.map(|id| keys::contact(id.as_ref()));
    read_all(invocation, keys.collect()).await
}

/// Those of the contacts that were merged into another one, in the order of the ids.
pub async fn find_merged(
    invocation: &Invocation,
    ids: impl Iterator<Item = &str>,
) -> Result<Vec<Found>> {
    read_all(invocation, ids.map(keys::merged).collect()).await
}

async fn read_all(invocation: &Invocation, keys: Vec<String>) -> Result<Vec<Found>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let items = invocation
        .store
        .batch_get(&invocation.tenant, &keys)
        .await?;
    keys.into_iter()
        .zip(items)
        .filter_map(|(key, item)| Some(Found::decode(key, item?)))
        .collect()
}

pub fn decode(value: &[u8]) -> Result<Stored> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal("a stored contact cannot be read").with_source(e))
}

impl Found {
    pub fn decode(key: String, item: Item) -> Result<Self> {
        let Stored { contact, index } = decode(&item.value)?;
        Ok(Self {
            contact,
            index,
            key,
            item,
        })
    }

    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    #[must_use]
    pub const fn is_in_bin(&self) -> bool {
        self.contact.deleted_at.is_some()
    }

    /// Of the item.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.item.version
    }

    /// Bytes of the stored contact.
    #[must_use]
    pub fn size(&self) -> usize {
        self.item.value.len()
    }

    /// Conditions and deletions that take the contact out of where it is. Where its latest change was listed is left
    /// to the caller.
    pub fn removal(&self) -> Batch {
        let mut batch = Batch::new();
        batch.expect(self.key.clone(), Some(self.item.version));
        batch.unindexed = self.entries().into_iter().collect();
        batch.delete(self.key.clone());
        for (key, _) in claims(&self.contact) {
            batch.delete(key);
        }
        batch
    }

    /// The index key of the latest change, or of being gone.
    #[must_use]
    pub fn change(&self) -> String {
        keys::change(&self.contact).at(self.item.version)
    }

    /// Contacts in the bin are in no list.
    fn entries(&self) -> BTreeSet<String> {
        if self.contact.deleted_at.is_some() {
            return BTreeSet::new();
        }
        keys::entries(&self.contact, &self.index)
    }

    /// The item's new value; members that this version does not know stay.
    fn rewrite(&self, contact: &Contact, index: &Index) -> Result<Bytes> {
        let unreadable = |e| Error::internal("a stored contact cannot be read").with_source(e);
        let stored: Value = serde_json::from_slice(&self.item.value).map_err(unreadable)?;
        let known = to_value(&self.contact, &self.index)?;
        let value = graft(&known, &stored, to_value(contact, index)?);
        Ok(value.to_string().into())
    }
}

/// [`Stored`] as it is written.
#[derive(Serialize)]
struct Storing<'a> {
    contact: &'a Contact,
    index: &'a Index,
}

fn to_value(contact: &Contact, index: &Index) -> Result<Value> {
    serde_json::to_value(Storing { contact, index }).map_err(|e| unwritable(contact, e))
}

fn to_bytes(contact: &Contact, index: &Index) -> Result<Vec<u8>> {
    serde_json::to_vec(&Storing { contact, index }).map_err(|e| unwritable(contact, e))
}

fn unwritable(contact: &Contact, error: serde_json::Error) -> Error {
    Error::internal(format!("serialising {}", contact.id)).with_source(error)
}

/// The items that keep a contact's own names unique in its book; there are none in the bin.
fn claims(contact: &Contact) -> Vec<(String, String)> {
    if contact.deleted_at.is_some() {
        return Vec::new();
    }
    let book = contact.book_id();
    let resource = contact.names.resource.as_deref();
    let uid = contact.names.uid.as_deref();
    let resource = resource.map(|name| keys::resource(book, name));
    let claims = resource
        .into_iter()
        .chain(uid.map(|uid| keys::uid(book, uid)));
    claims.map(|key| (key, contact.id.clone())).collect()
}

/// Claims names that nobody else may have; [`ports::Kind::Conflict`] when somebody does.
fn claim(batch: &mut Batch, claims: Vec<(String, String)>) {
    for (key, id) in claims {
        batch.expect(key.clone(), None).put(key, id);
    }
}

/// For a contact that comes back: books and groups may be gone by now, and others may have the names that it had.
/// The conditions see to it that those which are still there stay until it lies in them.
pub async fn settle_again(invocation: &Invocation, contact: &mut Contact) -> Result<Batch> {
    let mut keys: Vec<String> = contact.groups.iter().map(|id| keys::group(id)).collect();
    keys.extend(contact.book.as_deref().map(keys::book));
    let mut batch = Batch::new();
    if !keys.is_empty() {
        let items = invocation
            .store
            .batch_get(&invocation.tenant, &keys)
            .await?;
        for (key, item) in keys.iter().zip(items) {
            if let Some(item) = item {
                batch.expect(key.clone(), Some(item.version));
            }
        }
    }
    let is_there = |key: String| {
        let mut known = batch.conditions.iter();
        known.any(|condition| matches!(condition, Condition::Version(there, _) if *there == key))
    };
    contact.groups.retain(|id| is_there(keys::group(id)));
    contact.book = contact.book.take().filter(|id| is_there(keys::book(id)));
    give_up_taken_names(invocation, contact).await?;
    batch.merge(awaited::join(invocation, contact).await?);
    Ok(batch)
}

/// A contact that comes back, or into another book, calls itself otherwise where another one has its name by now.
pub async fn give_up_taken_names(invocation: &Invocation, contact: &mut Contact) -> Result<()> {
    let resource = contact.names.resource.take();
    let made = contact.resource();
    contact.names.resource = free(invocation, contact, keys::resource, resource, made).await?;
    let uid = contact.names.uid.take();
    let made = contact.id.clone();
    contact.names.uid = free(invocation, contact, keys::uid, uid, made).await?;
    Ok(())
}

/// The name, if nobody else has it; else `None` for the one that is made of the id, or a new one.
async fn free(
    invocation: &Invocation,
    contact: &Contact,
    key: fn(&str, &str) -> String,
    name: Option<String>,
    made: String,
) -> Result<Option<String>> {
    let taken = async |name: &str| -> Result<bool> {
        let key = key(contact.book_id(), name);
        let holder = invocation.store.get(&invocation.tenant, &key).await?;
        Ok(holder.is_some_and(|item| item.value[..] != *contact.id.as_bytes()))
    };
    if let Some(name) = name
        && !taken(&name).await?
    {
        return Ok(Some(name));
    }
    let is_taken = taken(&made).await?;
    Ok(is_taken.then(|| format!("{}-{made}", contact.version)))
}

/// A new contact, its first version and its event.
pub fn create(invocation: &Invocation, contact: &Contact) -> Result<Batch> {
    create_with(invocation, contact, &Index::of(&contact.fields))
}

/// The same with the index of its fields, which is known already.
pub fn create_with(invocation: &Invocation, contact: &Contact, index: &Index) -> Result<Batch> {
    let key = keys::contact(&contact.id);
    let mut batch = Batch::new();
    batch
        .expect(key.clone(), None)
        .put(key, to_bytes(contact, index)?);
    batch.indexed = keys::entries(contact, index).into_iter().collect();
    batch.stamped.push(keys::change(contact));
    claim(&mut batch, claims(contact));
    tell(invocation, &mut batch, CREATED, contact, Vec::new())?;
    let groups = contact.groups.iter().map(String::as_str);
    listing::note(&mut batch, contact, groups, invocation.now);
    Ok(batch)
}

/// The contact's next version and its event. What it was stays in its history, and its card says what changed.
pub async fn update(
    invocation: &Invocation,
    found: &Found,
    after: &Contact,
    changed: Vec<String>,
) -> Result<Batch> {
    let card = cards::edited(invocation, &found.contact, &after.fields).await?;
    update_with(invocation, found, after, changed, card)
}

/// The same with a card that is known already; `None`: as it is.
pub fn update_with(
    invocation: &Invocation,
    found: &Found,
    after: &Contact,
    changed: Vec<String>,
    card: Option<Rewrite>,
) -> Result<Batch> {
    let mut batch = succeed(invocation, found, after, changed, card)?;
    listing::note_change(&mut batch, &found.contact, after, invocation.now);
    Ok(batch)
}

/// The same without a word to the cards of groups.
pub fn succeed(
    invocation: &Invocation,
    found: &Found,
    after: &Contact,
    changed: Vec<String>,
    card: Option<Rewrite>,
) -> Result<Batch> {
    let mut after = after.clone();
    if changed == ["groups"] && card.is_none() {
        // Cards do not say it, so address books need not read them again.
        after.keep_card_of(&found.contact);
    }
    let mut batch = rewrite(found, &after)?;
    history::record(&mut batch, &found.contact, invocation.now)?;
    tell(invocation, &mut batch, UPDATED, &after, changed)?;
    if let Some(card) = card {
        card.record(&mut batch, &found.contact, invocation.now);
    }
    Ok(batch)
}

/// The contact's item and all its entries, and nothing else.
pub fn rewrite(found: &Found, after: &Contact) -> Result<Batch> {
    let index = Index::of(&after.fields);
    let mut batch = Batch::new();
    batch
        .expect(found.key.clone(), Some(found.item.version))
        .put(found.key.clone(), found.rewrite(after, &index)?);
    let (old, new) = (found.entries(), keys::entries(after, &index));
    batch.unindexed = old.difference(&new).cloned().collect();
    batch.indexed = new.difference(&old).cloned().collect();
    move_change(&mut batch, found, after);
    let (old, new) = (claims(&found.contact), claims(after));
    for (key, _) in old.iter().filter(|claim| !new.contains(claim)) {
        batch.delete(key.clone());
    }
    claim(
        &mut batch,
        new.into_iter()
            .filter(|claim| !old.contains(claim))
            .collect(),
    );
    Ok(batch)
}

/// The item gets a new version, so the entry that is named after it moves. Who leaves a book is gone from it.
fn move_change(batch: &mut Batch, found: &Found, after: &Contact) {
    let was_there = found.contact.deleted_at.is_none();
    let stays = found.contact.book_id() == after.book_id();
    if was_there || stays {
        batch.unindex(found.change());
    }
    batch.stamped.push(keys::change(after));
    if was_there && !stays {
        let mut gone = found.contact.clone();
        gone.deleted_at = Some(after.updated_at);
        batch.stamped.push(keys::change(&gone));
    }
}

/// Changes that callers do not see: neither a version nor an event. A contact in the bin stays due.
pub fn amend(found: &Found, after: &Contact) -> Result<Batch> {
    let mut batch = Batch::new();
    batch
        .expect(found.key.clone(), Some(found.item.version))
        .put_item(Put {
            key: found.key.clone(),
            value: found.rewrite(after, &found.index)?,
            expires_at: None,
            due_at: found.item.due_at,
        });
    move_change(&mut batch, found, after);
    Ok(batch)
}

/// Into the bin, from where it is erased when its time is over.
pub async fn bin(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let due_at = Some(invocation.now + BIN_TIME);
    let key = keys::bin(&found.contact.id);
    let mut batch = put_away(invocation, found, key, due_at).await?;
    batch.merge(awaited::wait_again(invocation, std::iter::once(&found.contact)).await?);
    Ok(batch)
}

/// Out of every list, to where [`restore`] can take it from; that its groups wait for it is left to the caller. A photo that is not ready yet is given up.
pub async fn put_away(
    invocation: &Invocation,
    found: &Found,
    key: String,
    due_at: Option<Timestamp>,
) -> Result<Batch> {
    let mut binned = found.contact.clone();
    binned.deleted_at = Some(invocation.now);
    let mut batch = found.removal();
    move_change(&mut batch, found, &binned);
    if let Some(pending) = binned.pending.take() {
        let reason = "the contact was deleted";
        photos::abandon(invocation, &mut batch, &pending, reason).await?;
        // Should the contact come back, its next card tries again.
        binned.card_photo = None;
    }
    batch.put_item(Put {
        key,
        value: found.rewrite(&binned, &found.index)?,
        expires_at: None,
        due_at,
    });
    tell(invocation, &mut batch, DELETED, &found.contact, Vec::new())?;
    Ok(batch)
}

/// Back from where it was put away, as the version that `after` is, with the card of that version. Clients that keep copies see it come
/// back.
pub fn restore(
    invocation: &Invocation,
    found: &Found,
    after: &Contact,
    card: Option<Rewrite>,
) -> Result<Batch> {
    let index = Index::of(&after.fields);
    let mut batch = found.removal();
    let key = keys::contact(&after.id);
    batch
        .expect(key.clone(), None)
        .put(key, found.rewrite(after, &index)?);
    batch.indexed = keys::entries(after, &index).into_iter().collect();
    move_change(&mut batch, found, after);
    claim(&mut batch, claims(after));
    history::record(&mut batch, &found.contact, invocation.now)?;
    tell(invocation, &mut batch, RESTORED, after, Vec::new())?;
    let groups = after.groups.iter().map(String::as_str);
    listing::note(&mut batch, after, groups, invocation.now);
    if let Some(card) = card {
        card.record(&mut batch, &found.contact, invocation.now);
    }
    Ok(batch)
}

/// Of a group it is said elsewhere what becomes of it.
fn tell(
    invocation: &Invocation,
    batch: &mut Batch,
    event_type: &str,
    contact: &Contact,
    changed: Vec<String>,
) -> Result<()> {
    if contact.is_group_card {
        return Ok(());
    }
    let data = ContactChanged {
        contact: contact.view(),
        changed,
    };
    batch.event(invocation.event(event_type, &contact.id, &data)?);
    Ok(())
}
