//! Deletes the bytes of images that are gone.

use crate::{deletion::Sweep, renders};
use ports::{Batch, Item, store::Put};
use runtime::{Failure, Invocation, Outcome};

pub async fn sweep(invocation: &Invocation, key: &str, item: &Item) -> Result<Outcome, Failure> {
    let sweep: Sweep = serde_json::from_slice(&item.value)?;
    let folder = format!("{}/{}", invocation.tenant, sweep.image_id);
    let inside = invocation.blobs.list(&folder).await?;
    for blob in inside.iter().chain(&sweep.original) {
        invocation.blobs.delete(blob).await?;
    }
    let mut batch = Batch::new();
    let is_done = renders::forget(invocation, &mut batch, &sweep.image_id).await?;
    if is_done {
        batch.delete(key);
    } else {
        batch.put_item(Put {
            key: key.to_owned(),
            value: item.value.clone(),
            expires_at: None,
            due_at: Some(invocation.now),
        });
    }
    Ok(batch.into())
}
