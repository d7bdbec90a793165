use super::{history, keys, photos};
use crate::domain::{Contact, Index, graft::graft};
use bytes::Bytes;
use contracts::contacts::{CREATED, ContactChanged, DELETED, UPDATED};
use ports::{Batch, Error, Item, Result, store::Put};
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
    read(invocation, keys::contact(id)).await
}

pub async fn find_in_bin(invocation: &Invocation, id: &str) -> Result<Option<Found>> {
    read(invocation, keys::bin(id)).await
}

async fn read(invocation: &Invocation, key: String) -> Result<Option<Found>> {
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    item.map(|item| Found::decode(key, item)).transpose()
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

    /// Bytes of the stored contact.
    #[must_use]
    pub fn size(&self) -> usize {
        self.item.value.len()
    }

    /// Conditions and deletions that take the contact out of where it is.
    pub fn removal(&self) -> Batch {
        let mut batch = Batch::new();
        batch.expect(self.key.clone(), Some(self.item.version));
        batch.unindexed = self.entries().into_iter().collect();
        batch.delete(self.key.clone());
        batch
    }

    /// Contacts in the bin are in no list.
    fn entries(&self) -> BTreeSet<String> {
        if self.contact.deleted_at.is_some() {
            return BTreeSet::new();
        }
        entries(&self.contact.id, &self.index)
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

fn to_value(contact: &Contact, index: &Index) -> Result<Value> {
    let stored = Stored {
        contact: contact.clone(),
        index: index.clone(),
    };
    serde_json::to_value(stored)
        .map_err(|e| Error::internal(format!("serialising {}", contact.id)).with_source(e))
}

/// The index keys that list a contact.
fn entries(id: &str, index: &Index) -> BTreeSet<String> {
    let words = index.terms.iter().map(|term| keys::word(term, id));
    words.chain([keys::name(&index.label, id)]).collect()
}

/// A new contact, its first version and its event.
pub fn create(invocation: &Invocation, contact: &Contact) -> Result<Batch> {
    let index = Index::of(&contact.fields);
    let key = keys::contact(&contact.id);
    let mut batch = Batch::new();
    batch
        .expect(key.clone(), None)
        .put(key, to_value(contact, &index)?.to_string());
    batch.indexed = entries(&contact.id, &index).into_iter().collect();
    history::record(&mut batch, contact)?;
    batch.event(event(invocation, CREATED, contact, Vec::new())?);
    Ok(batch)
}

/// The contact's next version and its event.
pub fn update(
    invocation: &Invocation,
    found: &Found,
    after: &Contact,
    changed: Vec<String>,
) -> Result<Batch> {
    let index = Index::of(&after.fields);
    let mut batch = Batch::new();
    batch
        .expect(found.key.clone(), Some(found.item.version))
        .put(found.key.clone(), found.rewrite(after, &index)?);
    let (old, new) = (found.entries(), entries(&after.id, &index));
    batch.unindexed = old.difference(&new).cloned().collect();
    batch.indexed = new.difference(&old).cloned().collect();
    history::record(&mut batch, after)?;
    batch.event(event(invocation, UPDATED, after, changed)?);
    Ok(batch)
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
    Ok(batch)
}

/// Into the bin, from where it is erased when its time is over. A photo that is not ready yet is given up.
pub async fn bin(invocation: &Invocation, found: &Found) -> Result<Batch> {
    let mut binned = found.contact.clone();
    binned.deleted_at = Some(invocation.now);
    let mut batch = found.removal();
    if let Some(pending) = binned.pending.take() {
        let reason = "the contact was deleted";
        photos::abandon(invocation, &mut batch, &pending, reason).await?;
    }
    batch.put_item(Put {
        key: keys::bin(&binned.id),
        value: found.rewrite(&binned, &found.index)?,
        expires_at: None,
        due_at: Some(invocation.now + BIN_TIME),
    });
    batch.event(event(invocation, DELETED, &found.contact, Vec::new())?);
    Ok(batch)
}

fn event(
    invocation: &Invocation,
    event_type: &str,
    contact: &Contact,
    changed: Vec<String>,
) -> Result<ports::Event> {
    let data = ContactChanged {
        contact: contact.view(),
        changed,
    };
    invocation.event(event_type, &contact.id, &data)
}
