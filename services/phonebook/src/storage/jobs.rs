//! Jobs that callers follow while a photo's sizes are made or a file is imported.

use contracts::jobs::{Job, JobError, State, key};
use ports::{Batch, Error, Result, TypeId};
use runtime::Invocation;
pub use runtime::jobs::put;

/// Opens a job for the photo of the contact at that path and gives its id.
pub fn open(invocation: &Invocation, batch: &mut Batch, contact_path: String) -> Result<String> {
    let now = invocation.now.to_string();
    let job = Job {
        id: TypeId::new("job").into(),
        kind: "contact.photo".to_owned(),
        state: State::Running,
        done: 0,
        total: 1,
        steps: Vec::new(),
        errors: Vec::new(),
        notes: Vec::new(),
        result: Some(contact_path),
        created_at: now.clone(),
        updated_at: now,
    };
    batch.expect(key(&job.id), None);
    put(invocation, batch, &job)?;
    Ok(job.id)
}

/// Ends a job. One that is gone or has ended already stays as it is.
pub async fn close(
    invocation: &Invocation,
    batch: &mut Batch,
    id: &str,
    state: State,
    reason: Option<&str>,
) -> Result<()> {
    let Some(item) = invocation.store.get(&invocation.tenant, &key(id)).await? else {
        return Ok(());
    };
    let mut job: Job = serde_json::from_slice(&item.value)
        .map_err(|e| Error::internal(format!("reading the job {id}")).with_source(e))?;
    if job.state.is_final() {
        return Ok(());
    }
    job.state = state;
    job.done = u64::from(state == State::Succeeded);
    job.errors.extend(reason.map(|reason| JobError {
        index: 0,
        detail: reason.to_owned(),
    }));
    job.updated_at = invocation.now.to_string();
    batch.expect(key(id), Some(item.version));
    put(invocation, batch, &job)
}
