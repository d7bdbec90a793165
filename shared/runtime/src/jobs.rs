//! Where services keep the jobs that callers follow.

use crate::Invocation;
use contracts::jobs::{Job, key};
use ports::{Batch, Error, Result, store::Put};
use std::time::Duration;

/// How long a job stays listed after its last change.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Writes the job as it is now.
pub fn put(invocation: &Invocation, batch: &mut Batch, job: &Job) -> Result<()> {
    let value = serde_json::to_vec(job)
        .map_err(|e| Error::internal(format!("serialising {}", job.id)).with_source(e))?;
    batch.put_item(Put {
        key: key(&job.id),
        value: value.into(),
        expires_at: Some(invocation.now + KEPT),
        due_at: None,
    });
    Ok(())
}
