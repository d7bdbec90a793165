use super::keys;
use crate::domain::{Contact, Fields, book};
use ports::{Batch, Error, Result, Timestamp, store::Put};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// How many earlier versions of a contact are kept.
pub const MAX_VERSIONS: u64 = 100;
/// And how long.
pub const KEPT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A contact as it was at one version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Past {
    pub version: u64,
    pub at: Timestamp,
    /// As the API showed it.
    pub contact: Value,
}

/// Where a contact lay.
#[derive(Deserialize)]
struct Lay {
    #[serde(default)]
    book_id: Option<String>,
    #[serde(default)]
    groups: BTreeSet<String>,
}

impl Past {
    /// Makes a contact what it was: what callers had written, and where it lay.
    pub fn bring_back(self, contact: &mut Contact) -> Result<()> {
        let unreadable = |e| Error::internal("reading an earlier version").with_source(e);
        let Lay { book_id, groups } = Lay::deserialize(&self.contact).map_err(unreadable)?;
        let fields: Fields = serde_json::from_value(self.contact).map_err(unreadable)?;
        contact.fields = fields.normalized();
        contact.book = book_id.filter(|id| id != book::DEFAULT);
        contact.groups = groups;
        Ok(())
    }

    #[must_use]
    pub fn of(contact: &Contact) -> Self {
        Self {
            version: contact.version,
            at: contact.updated_at,
            contact: contact.view(),
        }
    }
}

/// Keeps a version that is about to be overwritten, and drops the one that is too many.
pub fn record(batch: &mut Batch, contact: &Contact, now: Timestamp) -> Result<()> {
    let past = Past::of(contact);
    let value = serde_json::to_vec(&past)
        .map_err(|e| Error::internal(format!("serialising {}", contact.id)).with_source(e))?;
    batch.put_item(Put {
        key: keys::history(&contact.id, contact.version),
        value: value.into(),
        expires_at: Some(now + KEPT),
        due_at: None,
    });
    if contact.version > MAX_VERSIONS {
        batch.delete(keys::history(&contact.id, contact.version - MAX_VERSIONS));
    }
    Ok(())
}

/// A version of the contact as it was, `None` when it is not kept.
pub async fn at(invocation: &Invocation, id: &str, version: u64) -> Result<Option<Past>> {
    let key = keys::history(id, version);
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    item.map(|item| decode(id, &item.value)).transpose()
}

pub fn decode(id: &str, value: &[u8]) -> Result<Past> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal(format!("reading a version of {id}")).with_source(e))
}
