//! A preset that has changed makes its variants again: image by image, as a chain of due items, each of which does a slice
//! and leaves the next one. The old variants are served until the new ones are committed.

use crate::model::{IMAGES, Preset, job};
use contracts::jobs::State;
use ports::{Batch, Error, Result, Timestamp, store::Put};
use runtime::Invocation;
use serde::{Deserialize, Serialize};

const REMAKES: &str = "image-resize/remake/";

/// The stored item of a re-make that is under way. There is one for each preset: a later change takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remake {
    pub preset: String,
    /// Which version of it to make.
    pub version: u64,
    pub job: String,
    /// Also of images that were uploaded before there was such a preset.
    #[serde(default)]
    pub everywhere: bool,
    /// Key of the last image that was dealt with, or counted; at first there is none.
    #[serde(default)]
    pub after: Option<String>,
    /// Have all images been counted, so that the job can tell how far it is?
    #[serde(default)]
    pub counted: bool,
}

/// Puts what makes the variants of this preset in all images, and gives the job to follow.
pub async fn begin(
    invocation: &Invocation,
    batch: &mut Batch,
    preset: &Preset,
    everywhere: bool,
) -> Result<String> {
    let key = key(&preset.name);
    let old = invocation.store.get(&invocation.tenant, &key).await?;
    batch.expect(key, old.as_ref().map(|item| item.version));
    let mut unfinished = false;
    if let Some(item) = old {
        let old = decode(&item.value)?;
        unfinished = old.everywhere;
        cancel(invocation, batch, &old.job, "the preset changed again").await?;
    }
    let job = job::open(invocation, batch, "preset", 0, preset.path(), &[])?;
    let remake = Remake {
        preset: preset.name.clone(),
        version: preset.version,
        job: job.clone(),
        everywhere: everywhere || unfinished,
        after: None,
        counted: false,
    };
    remake.put(batch, invocation.now)?;
    Ok(job)
}

/// Ends the job of a re-make that is no longer wanted.
pub async fn cancel(
    invocation: &Invocation,
    batch: &mut Batch,
    id: &str,
    reason: &str,
) -> Result<()> {
    job::amend(invocation, batch, id, |job| {
        job::finish(job, State::Cancelled, Some(reason));
    })
    .await
}

impl Remake {
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.preset)
    }

    /// To go on at `due_at`.
    pub fn put(&self, batch: &mut Batch, due_at: Timestamp) -> Result<()> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal("serialising a re-make").with_source(e))?;
        batch.put_item(Put {
            key: self.key(),
            value: value.into(),
            expires_at: None,
            due_at: Some(due_at),
        });
        Ok(())
    }

    /// The next images by key.
    pub fn query(&self, limit: usize) -> ports::store::Query {
        ports::store::Query {
            prefix: IMAGES.to_owned(),
            after: self.after.clone(),
            limit,
            ..ports::store::Query::default()
        }
    }
}

pub fn decode(value: &[u8]) -> Result<Remake> {
    serde_json::from_slice(value)
        .map_err(|e| Error::internal("a stored re-make cannot be read").with_source(e))
}

/// Is this the key of a re-make?
#[must_use]
pub fn is_remake(key: &str) -> bool {
    key.starts_with(REMAKES)
}

fn key(preset: &str) -> String {
    format!("{REMAKES}{preset}")
}
