use crate::invocation::Invocation;
use actix_web::web::ServiceConfig;
use async_trait::async_trait;
use contracts::description::{ConsumerGroup, Description};
use ports::{Batch, Item, Recorded};
use serde_json::Value;
use std::{fmt, sync::Arc};

/// A service as a value: what it offers, what it listens to, what it does later. It becomes a process, or a part of
/// one, when a [`crate::Node`] runs it.
///
/// The name is also the service's scope in the store: its items' keys begin with `<name>/`.
#[derive(Clone)]
pub struct Service {
    pub name: &'static str,
    /// OpenAPI 3.1 with the extensions of [`contracts::description`].
    pub openapi: Value,
    /// Mounts the routes, with the paths of the document.
    pub routes: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
    pub consumer: Option<Consumer>,
    /// Handlers of due items by scope: the service's own, or a shared one that it looks after.
    pub due: Vec<(&'static str, Arc<dyn DueHandler>)>,
}

/// The service's consumer group, named after it.
#[derive(Clone)]
pub struct Consumer {
    /// Patterns of event types as in [`contracts::type_matches`]. Messages addressed to the service always arrive.
    pub types: Vec<String>,
    /// Subjects are spread over so many partitions; each is worked by one instance at a time.
    pub partitions: u16,
    /// Most events of one instance in work at once; each subject's come one after the other.
    pub concurrency: usize,
    pub handler: Arc<dyn EventHandler>,
}

/// What a handler wants done. The runtime commits the batch once, however often the event arrives.
#[derive(Debug, Default)]
pub struct Outcome {
    pub batch: Batch,
    /// Keys of due items in the batch that this process should fire right after the commit. Their `due_at` should lie
    /// a hold ahead ([`crate::HOLD`]), when another instance takes over should this one have died.
    pub fire_now: Vec<String>,
}

impl From<Batch> for Outcome {
    fn from(batch: Batch) -> Self {
        Self {
            batch,
            fire_now: Vec::new(),
        }
    }
}

#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// Must be repeatable: it runs again when a condition of its batch fails or its process dies.
    async fn handle(&self, invocation: &Invocation, event: &Recorded) -> Result<Outcome, Failure>;
}

#[async_trait]
pub trait DueHandler: Send + Sync + 'static {
    /// The batch is committed on condition that the item has not changed since. An item that the batch neither puts
    /// nor deletes stays as it is but is no longer due.
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure>;

    /// What the item was put for, in the form of a `traceparent`: firing it continues that trace.
    fn traceparent(&self, _item: &Item) -> Option<String> {
        None
    }
}

/// Why a handler could not do its work.
#[derive(Debug)]
pub struct Failure {
    pub reason: String,
    /// False: goes to the dead letters at once.
    pub retryable: bool,
    /// A backend was away: the attempt does not count.
    pub outage: bool,
}

impl Failure {
    pub fn retry(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            retryable: true,
            outage: false,
        }
    }

    pub fn fatal(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            retryable: false,
            outage: false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.reason)
    }
}

impl std::error::Error for Failure {}

impl From<ports::Error> for Failure {
    fn from(error: ports::Error) -> Self {
        let hopeless = matches!(error.kind(), ports::Kind::Invalid | ports::Kind::TooLarge);
        Self {
            reason: error.to_string(),
            retryable: !hopeless,
            outage: error.retryable(),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::fatal(format!("unreadable data: {error}"))
    }
}

impl Service {
    /// What gateways read: the version is a digest of the document, so equal descriptions share a request queue.
    #[must_use]
    pub fn description(&self) -> Description {
        let hash = ports::stable_hash(&self.openapi.to_string());
        Description {
            service: self.name.to_owned(),
            version: format!("{hash:016x}"),
            openapi: self.openapi.clone(),
        }
    }

    #[must_use]
    pub fn group(&self) -> Option<ConsumerGroup> {
        self.consumer.as_ref().map(|consumer| ConsumerGroup {
            group: self.name.to_owned(),
            types: consumer.types.clone(),
            partitions: consumer.partitions,
        })
    }
}
