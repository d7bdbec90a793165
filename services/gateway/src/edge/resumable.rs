//! Resumable uploads at work: pieces come in, and become one upload in the end.
//!
//! Everything that a gateway knows of an upload is in the stores, so that any gateway can go on with it.

mod hand_over;
mod intake;
mod lock;
mod pieces;

pub use intake::{Intake, pump};
pub use pieces::Chunk;

use super::call::Edge;
use crate::domain::{
    key::KeyRecord,
    resumable::{self, Finished, Resumable, State},
};
use actix_web::web::Data;
use lock::Lock;
use ports::{Timestamp, store::Read};
use runtime::frame::Response;
use std::sync::Arc;
use web::{Problem, ProblemKind};

/// Who is working on an upload, and in which request.
#[derive(Clone)]
pub struct Worker {
    pub edge: Data<Edge>,
    pub key: Arc<KeyRecord>,
    pub request_id: String,
    pub traceparent: String,
}

/// An upload as it was found.
pub enum Found {
    /// And its version.
    Open(Resumable, u64),
    Finished(Finished),
}

/// What became of an upload.
pub enum Outcome {
    Found(Found),
    /// All bytes were there, and the service did not want them: its answer. The upload is over.
    Refused(Response),
    /// All bytes are there, and the service cannot take them now: its answer.
    Postponed(Response),
}

impl Worker {
    pub async fn find(&self, id: &str) -> Result<Found, Problem> {
        let keys = [resumable::key(id), resumable::finished_key(id)];
        let store = &self.edge.backends.store;
        let items = store.batch_get(&self.key.tenant, &keys, Read::Strong);
        let mut items = items.await?.into_iter();
        let (upload, finished) = (items.next().flatten(), items.next().flatten());
        if let Some(item) = finished {
            return Ok(Found::Finished(resumable::decode(&item)?));
        }
        if let Some(item) = upload {
            let upload: Resumable = resumable::decode(&item)?;
            let is_over = upload.expires_at <= Timestamp::now();
            return match upload.state {
                State::Open if !is_over => Ok(Found::Open(upload, item.version)),
                State::Open | State::Swept => Err(gone()),
            };
        }
        Err(Problem::not_found("the upload"))
    }

    /// Adds what comes through the intake.
    pub async fn append(
        self,
        id: String,
        chunk: Chunk,
        intake: Intake,
    ) -> Result<Outcome, Problem> {
        let lock = self.lock(&id).await?;
        let outcome = self.append_alone(&id, chunk, intake).await;
        lock.release().await;
        outcome
    }

    /// Hands an upload over whose last byte has come, if nobody has done so yet.
    pub async fn conclude(self, id: String) -> Result<Outcome, Problem> {
        let lock = self.lock(&id).await?;
        let outcome = match self.find(&id).await {
            Ok(found) => self.concluded(found).await,
            Err(problem) => Err(problem),
        };
        lock.release().await;
        outcome
    }

    async fn append_alone(
        &self,
        id: &str,
        chunk: Chunk,
        intake: Intake,
    ) -> Result<Outcome, Problem> {
        let found = self.find(id).await?;
        chunk.check(&found)?;
        let found = match found {
            Found::Open(upload, version) if chunk.length != Some(0) => {
                self.add(upload, version, chunk, intake).await?
            }
            found => found,
        };
        self.concluded(found).await
    }

    async fn concluded(&self, found: Found) -> Result<Outcome, Problem> {
        match found {
            Found::Open(upload, version) if upload.is_complete() => {
                self.hand_over(upload, version).await
            }
            found => Ok(Outcome::Found(found)),
        }
    }

    async fn lock(&self, id: &str) -> Result<Lock, Problem> {
        let store = &self.edge.backends.store;
        Lock::take(store, &self.key.tenant, id, &self.request_id).await
    }
}

impl Found {
    /// Bytes that are there.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::Open(upload, _) => upload.offset(),
            Self::Finished(finished) => finished.draft.length,
        }
    }
}

fn gone() -> Problem {
    Problem::new(
        ProblemKind::Gone,
        "the upload has expired or was terminated",
    )
}
