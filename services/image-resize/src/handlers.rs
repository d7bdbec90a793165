//! The service's own time: events, messages and what falls due.

mod create;
mod process;
mod remake;
mod sweep;
mod timers;

pub use timers::Timers;

use crate::{deletion, model, studio::Studio};
use async_trait::async_trait;
use contracts::images;
use ports::Recorded;
use runtime::{EventHandler, Failure, HOLD, Invocation, Outcome};
use std::sync::Arc;

/// The consumer group's handler.
pub struct Images {
    studio: Arc<Studio>,
}

impl Images {
    #[must_use]
    pub fn new(studio: Arc<Studio>) -> Self {
        Self { studio }
    }
}

#[async_trait]
impl EventHandler for Images {
    async fn handle(
        &self,
        invocation: &Invocation,
        recorded: &Recorded,
    ) -> Result<Outcome, Failure> {
        let event = &recorded.event;
        match event.event_type.as_str() {
            // The subject says all that these need, so an erased one is as good.
            images::UPLOADED => process::process(&self.studio, invocation, &event.subject).await,
            images::DELETE => delete(invocation, &event.subject).await,
            images::CREATE if recorded.erased => Ok(Outcome::default()),
            images::CREATE => {
                create::create(invocation, serde_json::from_slice(&event.data)?).await
            }
            other => Err(Failure::fatal(format!("{other} is not understood here"))),
        }
    }
}

/// An image that is not there was deleted by another way already.
async fn delete(invocation: &Invocation, id: &str) -> Result<Outcome, Failure> {
    match model::find(invocation, id).await? {
        None => Ok(Outcome::default()),
        Some(found) => Ok(swept_now(
            deletion::of(invocation, &found, invocation.now + HOLD).await?,
        )),
    }
}

fn swept_now(deletion: deletion::Deletion) -> Outcome {
    Outcome {
        batch: deletion.batch,
        fire_now: vec![deletion.sweep],
    }
}
