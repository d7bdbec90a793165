//! Blobs that others have taken the place of. They stay a while: an answer may still be streaming them, and another
//! service may have yet to hear where the new ones lie.

use ports::{Batch, Error, Result, Timestamp, TypeId, store::Put};
use runtime::Invocation;

const DISCARDS: &str = "image-resize/discard/";

/// Has the blobs deleted at `due_at`.
pub fn put(batch: &mut Batch, blobs: &[String], due_at: Timestamp) -> Result<()> {
    if blobs.is_empty() {
        return Ok(());
    }
    let value = serde_json::to_vec(blobs)
        .map_err(|e| Error::internal("serialising a discard").with_source(e))?;
    batch.put_item(Put {
        key: format!("{DISCARDS}{}", TypeId::new("dsc")),
        value: value.into(),
        expires_at: None,
        due_at: Some(due_at),
    });
    Ok(())
}

/// Is this the key of blobs to delete?
#[must_use]
pub fn is_discard(key: &str) -> bool {
    key.starts_with(DISCARDS)
}

/// Deletes them.
pub async fn fire(invocation: &Invocation, key: &str, value: &[u8]) -> Result<Batch> {
    let blobs: Vec<String> = serde_json::from_slice(value)
        .map_err(|e| Error::internal("a stored discard cannot be read").with_source(e))?;
    for blob in &blobs {
        invocation.blobs.delete(blob).await?;
    }
    let mut batch = Batch::new();
    batch.delete(key);
    Ok(batch)
}
