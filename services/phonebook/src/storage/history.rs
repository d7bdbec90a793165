use super::keys;
use crate::domain::Contact;
use ports::{Batch, Error, Result, Timestamp, store::Put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// How many versions of a contact are kept.
pub const MAX_VERSIONS: u64 = 100;
/// And how long.
const KEPT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A contact as it was at one version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Past {
    pub version: u64,
    pub at: Timestamp,
    /// As the API showed it.
    pub contact: Value,
}

/// Keeps the contact's present version and drops the one that is too many.
pub fn record(batch: &mut Batch, contact: &Contact) -> Result<()> {
    let past = Past {
        version: contact.version,
        at: contact.updated_at,
        contact: contact.view(),
    };
    let value = serde_json::to_vec(&past)
        .map_err(|e| Error::internal(format!("serialising {}", contact.id)).with_source(e))?;
    batch.put_item(Put {
        key: keys::history(&contact.id, contact.version),
        value: value.into(),
        expires_at: Some(contact.updated_at + KEPT),
        due_at: None,
    });
    if contact.version > MAX_VERSIONS {
        batch.delete(keys::history(&contact.id, contact.version - MAX_VERSIONS));
    }
    Ok(())
}
