//! From the connection to the task that stores what comes: what has arrived is to be kept also when the connection, and
//! its request with it, is gone.

use super::super::body;
use crate::domain::tus::{Algorithm, Checksum, Digest};
use actix_web::web as actix;
use bytes::Bytes;
use futures_util::{StreamExt, stream, stream::BoxStream};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc::{Receiver, Sender};
use web::Problem;

pub enum Flow {
    Bytes(Bytes),
    /// The body is whole.
    End,
}

/// The receiving side.
pub type Intake = Receiver<Flow>;

/// Sends the body on; one that breaks off has no [`Flow::End`].
pub async fn pump(
    payload: &mut actix::Payload,
    idle: Duration,
    sender: Sender<Flow>,
) -> Result<(), Problem> {
    while let Some(piece) = body::next(payload, idle).await? {
        if sender.send(Flow::Bytes(piece)).await.is_err() {
            return Ok(()); // who receives has refused it and says why
        }
    }
    let _ = sender.send(Flow::End).await;
    Ok(())
}

/// What is known of a body once it has passed.
#[derive(Default)]
pub struct Passed {
    is_whole: bool,
    digest: Option<Digest>,
}

/// Shared between a stream and who waits for its end.
pub struct Gauge(Arc<Mutex<Passed>>);

impl Gauge {
    /// The bytes as a stream that ends well wherever the body ends, and what measures it.
    pub fn around(
        intake: Intake,
        algorithm: Option<Algorithm>,
    ) -> (Self, BoxStream<'static, ports::Result<Bytes>>) {
        let passed = Passed {
            is_whole: false,
            digest: algorithm.map(Digest::new),
        };
        let passed = Arc::new(Mutex::new(passed));
        let state = (intake, Arc::clone(&passed));
        let bytes = stream::unfold(state, async |(mut intake, passed)| {
            let flow = intake.recv().await?;
            let bytes = with(&passed, |passed| passed.take(flow))?;
            Some((Ok(bytes), (intake, passed)))
        });
        (Self(passed), bytes.boxed())
    }

    pub fn is_whole(&self) -> bool {
        with(&self.0, |passed| passed.is_whole)
    }

    pub fn fits(&self, checksum: &Checksum) -> bool {
        let digest = with(&self.0, |passed| passed.digest.take());
        digest.is_some_and(|digest| checksum.fits(digest))
    }
}

impl Passed {
    fn take(&mut self, flow: Flow) -> Option<Bytes> {
        match flow {
            Flow::End => {
                self.is_whole = true;
                None
            }
            Flow::Bytes(bytes) => {
                if let Some(digest) = &mut self.digest {
                    digest.update(&bytes);
                }
                Some(bytes)
            }
        }
    }
}

fn with<T>(passed: &Mutex<Passed>, work: impl FnOnce(&mut Passed) -> T) -> T {
    work(&mut passed.lock().unwrap_or_else(PoisonError::into_inner))
}
