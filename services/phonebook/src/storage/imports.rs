//! Imports: a due item for each one carries it from commit to commit.
//!
//! A step reads on in the file from where the last one ended, and its commit holds the contacts, the item with the new
//! place, and the job with its progress. So a step that is interrupted was never there, and none has its effect twice.

mod ahead;
mod grouping;
mod places;
mod plan;
mod prepared;
mod slice;
mod subjects;
#[cfg(test)]
mod tests;

pub use ahead::Ahead;

use super::{jobs, keys, reminders};
use crate::domain::{
    Region,
    import::{At, Form, Options, Report},
};
use bytes::Bytes;
use contact_csv::Header;
use contracts::{
    jobs::{Job, JobError, State},
    uploads::Received,
};
use ports::{Batch, Error, Result, Timestamp, TypeId, store::Put};
use prepared::Reading;
use runtime::{HOLD, Invocation, Outcome, adopt};
use serde::{Deserialize, Serialize};
use slice::Slice;

/// Entries that the first step reads.
const FIRST_PACE: usize = 40;
const MAX_PACE: usize = 1_000;
/// A file of which so many entries are wrong and none is right is something else.
const HOPELESS: u64 = 10_000;

/// The item of an import.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// Of its job, too.
    pub id: String,
    pub blob: String,
    pub bytes: u64,
    pub options: Options,
    /// Up to where the file has been taken in.
    at: At,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    pub report: Report,
    /// Entries that the next step reads.
    pace: usize,
    begun_at: String,
    /// Only the bytes are left to be deleted.
    #[serde(default)]
    over: bool,
}

/// Takes the uploaded file over; gives the id of the job.
pub fn begin(
    invocation: &Invocation,
    batch: &mut Batch,
    upload: &Received,
    form: Form,
    options: Options,
) -> Result<String> {
    let import = Import {
        id: TypeId::new("job").into(),
        blob: upload.blob.clone(),
        bytes: upload.bytes,
        options,
        at: At::start(form),
        header: None,
        report: Report::default(),
        pace: FIRST_PACE,
        begun_at: invocation.now.to_string(),
        over: false,
    };
    adopt(batch, upload);
    jobs::put(invocation, batch, &import.job(invocation, State::Queued))?;
    batch.expect(keys::import(&import.id), None);
    import.put(batch, invocation.now)?;
    Ok(import.id)
}

/// The next step: as many entries as one commit holds. After the last one, the bytes of the file go.
pub async fn resume(
    ahead: &Ahead,
    invocation: &Invocation,
    item: &[u8],
    fallback: Option<Region>,
) -> Result<Outcome> {
    let mut import = Import::decode(item)?;
    if import.over {
        invocation.blobs.delete(&import.blob).await?;
        let mut batch = Batch::new();
        batch.delete(keys::import(&import.id));
        return Ok(batch.into());
    }
    let reading = Reading {
        options: import.options.clone(),
        fallback,
    };
    let slice = match ahead.slice(invocation, &import, &reading).await {
        Ok(slice) => slice,
        Err(slice::Failure::File(fault)) => return import.give_up(invocation, fault.to_string()),
        Err(slice::Failure::Store(error)) => return Err(error),
    };
    let (read, known) = (slice.entries.len(), import.report.unchanged);
    import.header = slice.header.or(import.header);
    let (mut batch, rest) = plan::plan(invocation, &mut import, slice.entries, &reading).await?;
    reminders::ensure(invocation, &mut batch).await?;
    if slice.is_last && rest.is_empty() {
        return import.end(invocation, batch);
    }
    if import.report.taken() == 0 && import.report.refused >= HOPELESS {
        let detail = format!("the first {HOPELESS} entries are all wrong");
        return import.give_up(invocation, detail);
    }
    let taken = read - rest.len();
    // A few more than this time, so that a commit is full.
    import.pace = (taken + taken / 4 + 8).min(MAX_PACE);
    let left = Slice {
        entries: rest,
        header: import.header.clone(),
        is_last: slice.is_last,
    };
    let has_news = import.report.unchanged == known;
    ahead.begin(invocation, &import, &reading, left, has_news);
    import.go_on(invocation, batch)
}

impl Import {
    pub fn decode(value: &[u8]) -> Result<Self> {
        serde_json::from_slice(value)
            .map_err(|e| Error::internal("an import's item cannot be read").with_source(e))
    }

    fn go_on(self, invocation: &Invocation, mut batch: Batch) -> Result<Outcome> {
        jobs::put(
            invocation,
            &mut batch,
            &self.job(invocation, State::Running),
        )?;
        self.fire_again(invocation, batch)
    }

    fn end(mut self, invocation: &Invocation, mut batch: Batch) -> Result<Outcome> {
        self.over = true;
        let failed = self.report.taken() == 0 && self.report.refused > 0;
        let state = if failed {
            State::Failed
        } else {
            State::Succeeded
        };
        jobs::put(invocation, &mut batch, &self.job(invocation, state))?;
        self.fire_again(invocation, batch)
    }

    /// The file as a whole is at fault.
    fn give_up(mut self, invocation: &Invocation, detail: String) -> Result<Outcome> {
        self.over = true;
        let mut job = self.job(invocation, State::Failed);
        let index = self.report.seen();
        job.errors.push(JobError { index, detail });
        let mut batch = Batch::new();
        jobs::put(invocation, &mut batch, &job)?;
        self.fire_again(invocation, batch)
    }

    /// This process goes on at once; another one does should it die.
    fn fire_again(self, invocation: &Invocation, mut batch: Batch) -> Result<Outcome> {
        self.put(&mut batch, invocation.now + HOLD)?;
        let fire_now = vec![keys::import(&self.id)];
        Ok(Outcome { batch, fire_now })
    }

    fn put(&self, batch: &mut Batch, due_at: Timestamp) -> Result<()> {
        let value = serde_json::to_vec(self)
            .map_err(|e| Error::internal(format!("serialising {}", self.id)).with_source(e))?;
        batch.put_item(Put {
            key: keys::import(&self.id),
            value: Bytes::from(value),
            expires_at: None,
            due_at: Some(due_at),
        });
        Ok(())
    }

    fn job(&self, invocation: &Invocation, state: State) -> Job {
        Job {
            id: self.id.clone(),
            kind: "contacts.import".to_owned(),
            state,
            done: self.report.done(),
            total: self.total(),
            steps: self.report.summary(),
            errors: self.report.errors.clone(),
            notes: self.report.notes.clone(),
            result: Some(format!("/v1/jobs/{}", self.id)),
            created_at: self.begun_at.clone(),
            updated_at: invocation.now.to_string(),
        }
    }

    /// Entries of the whole file: an estimate by bytes until its end is reached.
    fn total(&self) -> u64 {
        let seen = self.report.seen();
        let read = self.at.offset();
        if self.over || read == 0 || read >= self.bytes {
            return seen;
        }
        let total = u128::from(seen) * u128::from(self.bytes) / u128::from(read);
        u64::try_from(total).unwrap_or(u64::MAX)
    }
}
