//! The end of an image. Its item goes at once; its bytes go after that commit, by due items.

use crate::model::{self, Found};
use contracts::{images, jobs};
use ports::{Batch, Error, Result, Timestamp, store::Put};
use runtime::Invocation;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const SWEEPS: &str = "image-resize/sweep/";

/// By when the slowest writer of variants, were it paused in the middle, has long been given up.
const STRAGGLERS: Duration = Duration::from_secs(3600);

/// The stored item of a sweep: bytes that belong to nobody any more.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    pub image_id: String,
    /// Blob key of the original, which may lie outside the image's own folder.
    #[serde(default)]
    pub original: Option<String>,
}

/// A batch and the key of the due item in it that does the rest.
#[derive(Debug)]
pub struct Deletion {
    pub batch: Batch,
    pub sweep: String,
}

/// Deletes the image if it is still the one that was found, and has its bytes swept from `due_at`.
pub async fn of(invocation: &Invocation, found: &Found, due_at: Timestamp) -> Result<Deletion> {
    let image = &found.image;
    let mut batch = Batch::new();
    let key = model::key(&image.id);
    batch.expect(key.clone(), Some(found.version)).delete(key);
    let detail = Some("the image was deleted");
    model::close(
        invocation,
        &mut batch,
        image,
        jobs::State::Cancelled,
        detail,
    )
    .await?;
    let mut data = model::changed(image, "deleted");
    data.variants.clear();
    batch.event(invocation.event(images::DELETED, &image.id, &data)?);

    let sweep = Sweep {
        image_id: image.id.clone(),
        original: Some(image.blob.clone()),
    };
    let first = put(&mut batch, &sweep, "deleted", due_at)?;
    put(&mut batch, &sweep, "stragglers", due_at + STRAGGLERS)?;
    Ok(Deletion {
        batch,
        sweep: first,
    })
}

/// For a writer that finds its image deleted: what it may have written since the first sweep is swept as well.
pub fn again(image_id: &str, due_at: Timestamp) -> Result<Deletion> {
    let mut batch = Batch::new();
    let sweep = Sweep {
        image_id: image_id.to_owned(),
        original: None,
    };
    let sweep = put(&mut batch, &sweep, "overtaken", due_at)?;
    Ok(Deletion { batch, sweep })
}

/// Is this the key of a sweep?
#[must_use]
pub fn is_sweep(key: &str) -> bool {
    key.starts_with(SWEEPS)
}

/// Sweeps for different reasons have keys of their own, so that none overwrites another that has not been done yet.
fn put(batch: &mut Batch, sweep: &Sweep, reason: &str, due_at: Timestamp) -> Result<String> {
    let key = format!("{SWEEPS}{}/{reason}", sweep.image_id);
    let value = serde_json::to_vec(sweep)
        .map_err(|e| Error::internal("serialising a sweep").with_source(e))?;
    batch.put_item(Put {
        key: key.clone(),
        value: value.into(),
        expires_at: None,
        due_at: Some(due_at),
    });
    Ok(key)
}
