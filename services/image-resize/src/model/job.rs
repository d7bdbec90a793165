//! The jobs by which callers follow uploads and re-makes.

use super::Image;
use contracts::jobs::{Job, JobError, State, key};
use ports::{Batch, Error, Result, TypeId};
use runtime::{Invocation, jobs::put};

/// More errors than these are counted, not listed.
const MAX_ERRORS: usize = 100;
/// What the steps begin with that tell of attempts: of several the last is shown.
const ATTEMPT: &str = "attempt ";

/// Opens a job and gives its id. `result` is the path of what it makes.
pub fn open(
    invocation: &Invocation,
    batch: &mut Batch,
    kind: &str,
    total: u64,
    result: String,
    steps: &[&str],
) -> Result<String> {
    let now = invocation.now.to_string();
    let job = Job {
        id: TypeId::new("job").into(),
        kind: kind.to_owned(),
        state: State::Queued,
        done: 0,
        total,
        steps: steps.iter().map(|&step| step.to_owned()).collect(),
        errors: Vec::new(),
        notes: Vec::new(),
        result: Some(result),
        created_at: now.clone(),
        updated_at: now,
    };
    batch.expect(key(&job.id), None);
    put(invocation, batch, &job)?;
    Ok(job.id)
}

/// The job of a new image: puts it and gives its id.
pub fn queued(invocation: &Invocation, batch: &mut Batch, image: &Image) -> Result<String> {
    let steps: &[&str] = match image.facts {
        Some(_) => &["uploaded", "validated"],
        None => &["uploaded"],
    };
    let result = format!("/v1/images/{}", image.id);
    let total = image.presets.len() as u64;
    open(invocation, batch, "image", total, result, steps)
}

/// Changes a job. One that is gone or has ended already stays as it is.
pub async fn amend(
    invocation: &Invocation,
    batch: &mut Batch,
    id: &str,
    change: impl FnOnce(&mut Job),
) -> Result<()> {
    let Some(item) = invocation.store.get(&invocation.tenant, &key(id)).await? else {
        return Ok(());
    };
    let mut job: Job = serde_json::from_slice(&item.value)
        .map_err(|e| Error::internal("a stored job cannot be read").with_source(e))?;
    if job.state.is_final() {
        return Ok(());
    }
    change(&mut job);
    job.updated_at = invocation.now.to_string();
    batch.expect(key(id), Some(item.version));
    put(invocation, batch, &job)
}

/// Ends the image's job in the same commit as the image.
pub async fn close(
    invocation: &Invocation,
    batch: &mut Batch,
    image: &Image,
    state: State,
    error: Option<&str>,
) -> Result<()> {
    let Some(id) = image.job.as_deref() else {
        return Ok(());
    };
    let made: Vec<String> = made(image).map(str::to_owned).collect();
    amend(invocation, batch, id, |job| {
        if state == State::Succeeded {
            job.done = job.total;
            job.steps.extend(made);
            job.steps.push("ready".to_owned());
        }
        finish(job, state, error);
    })
    .await
}

/// The names of the image's variants, each once.
fn made(image: &Image) -> impl Iterator<Item = &str> {
    let names = image.presets.iter().map(String::as_str);
    names.filter(|name| image.variants().iter().any(|made| made.name == *name))
}

pub fn finish(job: &mut Job, state: State, error: Option<&str>) {
    job.state = state;
    job.errors.extend(error.map(|detail| JobError {
        index: 0,
        detail: detail.to_owned(),
    }));
}

/// Notes what went wrong with the thing of this number; the job goes on.
pub fn fault(job: &mut Job, index: u64, detail: String) {
    if job.errors.len() < MAX_ERRORS {
        job.errors.push(JobError { index, detail });
    }
}

/// Shows that the work has begun, and how often.
pub fn attempt(job: &mut Job, number: u32) {
    job.state = State::Running;
    if job
        .steps
        .last()
        .is_some_and(|step| step.starts_with(ATTEMPT))
    {
        job.steps.pop();
    }
    job.steps.push(format!("{ATTEMPT}{number}"));
}
