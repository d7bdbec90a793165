use super::Image;
use contracts::jobs::{Job, JobError, State};
use ports::{Batch, Error, Result, TypeId, store::Put};
use runtime::Invocation;
use std::time::Duration;

/// How long a job stays listed.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The job of a new image: puts it and gives its id.
pub fn queued(invocation: &Invocation, batch: &mut Batch, image: &Image) -> Result<String> {
    let id = String::from(TypeId::new("job"));
    let now = invocation.now.to_string();
    let job = Job {
        id: id.clone(),
        kind: "image".to_owned(),
        state: State::Queued,
        done: 0,
        total: image.presets.len() as u64,
        steps: Vec::new(),
        errors: Vec::new(),
        notes: Vec::new(),
        result: Some(format!("/v1/images/{}", image.id)),
        created_at: now.clone(),
        updated_at: now,
    };
    batch.expect(contracts::jobs::key(&id), None).put_item(Put {
        key: contracts::jobs::key(&id),
        value: encode(&job)?.into(),
        expires_at: Some(invocation.now + KEPT),
        due_at: None,
    });
    Ok(id)
}

/// Ends the image's job in the same commit as the image. A job that is gone or has ended already stays as it is.
pub async fn close(
    invocation: &Invocation,
    batch: &mut Batch,
    image: &Image,
    state: State,
    error: Option<&str>,
) -> Result<()> {
    let Some(key) = image.job.as_deref().map(contracts::jobs::key) else {
        return Ok(());
    };
    let Some(item) = invocation.store.get(&invocation.tenant, &key).await? else {
        return Ok(());
    };
    let job: Job = serde_json::from_slice(&item.value)
        .map_err(|e| Error::internal("a stored job cannot be read").with_source(e))?;
    if job.state.is_final() {
        return Ok(());
    }
    let closed = ended(job, state, error, invocation.now.to_string());
    batch.expect(key.clone(), Some(item.version)).put_item(Put {
        key,
        value: encode(&closed)?.into(),
        expires_at: item.expires_at,
        due_at: item.due_at,
    });
    Ok(())
}

fn ended(mut job: Job, state: State, error: Option<&str>, now: String) -> Job {
    if state == State::Succeeded {
        job.done = job.total;
    }
    job.errors.extend(error.map(|detail| JobError {
        index: 0,
        detail: detail.to_owned(),
    }));
    Job {
        state,
        updated_at: now,
        ..job
    }
}

fn encode(job: &Job) -> Result<Vec<u8>> {
    serde_json::to_vec(job)
        .map_err(|e| Error::internal(format!("serialising {}", job.id)).with_source(e))
}
