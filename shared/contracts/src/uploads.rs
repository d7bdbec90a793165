//! Bodies that were streamed into the blob store and are waiting for an owner.
//!
//! The gateway commits an upload as *open* before the first byte. Whoever takes the bytes over deletes the upload's item
//! in the commit that records them, on condition of its version; what nobody took is swept.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What nobody has taken over by then is swept. It counts from before the first byte, so no upload takes longer.
pub const LIFETIME: Duration = Duration::from_secs(3600);

#[must_use]
pub fn key(id: &str) -> String {
    format!("uploads/{id}")
}

#[must_use]
pub fn blob_key(tenant: &str, id: &str) -> String {
    format!("{tenant}/uploads/{id}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    /// Nobody took it in time; its bytes are being deleted.
    Swept,
}

/// The stored item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub id: String,
    pub blob: String,
    pub state: State,
}

/// What a service is told about a request's streamed body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub id: String,
    /// Blob key of the bytes; stays valid after adoption.
    pub blob: String,
    /// Version of the upload's item, to adopt it by.
    pub version: u64,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub content_type: String,
}
