//! Requests to a service, events to consumer groups, broadcasts to everyone. The semantics are in `docs/specs/bus.md`.

use crate::Result;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Largest request, reply, event message or broadcast in bytes. Larger bodies go through the blob store.
pub const MAX_MESSAGE_BYTES: usize = 2 << 20;

/// The request queue of one description version of one service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceQueue {
    pub service: String,
    pub version: String,
}

/// A request that a service instance has been given.
pub struct Incoming {
    pub body: Bytes,
    /// When the caller stops waiting, on this process's clock.
    pub deadline: Instant,
    /// It may have been given to an instance before.
    pub redelivered: bool,
    /// Answers the caller and settles the request. Dropped unused: the request goes back to the queue.
    pub reply: Reply,
}

/// How an adapter sends an answer; consumed by the one answer there is.
pub struct Reply(Box<dyn FnOnce(Bytes) + Send>);

impl Reply {
    pub fn new(send: impl FnOnce(Bytes) + Send + 'static) -> Self {
        Self(Box::new(send))
    }

    pub fn send(self, body: Bytes) {
        (self.0)(body);
    }
}

/// One message of a consumer group's partition.
pub struct Delivery {
    pub body: Bytes,
    pub redelivered: bool,
    pub ack: Ack,
}

/// The right to settle a delivery. Dropped unused: the delivery comes again.
pub struct Ack(Box<dyn FnOnce() + Send>);

impl Ack {
    pub fn new(settle: impl FnOnce() + Send + 'static) -> Self {
        Self(Box::new(settle))
    }

    /// The delivery has been dealt with for good.
    pub fn done(self) {
        (self.0)();
    }
}

/// Something that arrives until it is closed.
pub struct Intake<T> {
    pub receiver: mpsc::Receiver<T>,
    stop: Option<BoxFuture<'static, ()>>,
}

impl<T> Intake<T> {
    pub fn new(
        receiver: mpsc::Receiver<T>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self {
            receiver,
            stop: Some(Box::pin(stop)),
        }
    }

    pub async fn next(&mut self) -> Option<T> {
        self.receiver.recv().await
    }

    /// Takes no more from the bus. What has arrived already can still be received and settled; what nobody
    /// received goes back. `next` gives `None` at the end.
    pub async fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.await;
        }
    }
}

#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends a request and waits for its answer. [`crate::Kind::Unroutable`] when no instance has declared the queue,
    /// [`crate::Kind::Full`] when the queue is at its bound, [`crate::Kind::Timeout`] when `ttl` passes first.
    /// Never sent twice by the bus itself.
    async fn call(&self, to: &ServiceQueue, body: Bytes, ttl: Duration) -> Result<Bytes>;

    /// Competes with other instances for the queue's requests, at most `concurrency` of them unanswered at once.
    async fn serve(&self, queue: &ServiceQueue, concurrency: usize) -> Result<Intake<Incoming>>;

    /// Declares the group's partition queues, durable and bounded.
    async fn declare_group(&self, group: &str, partitions: u16) -> Result<()>;

    /// Appends messages to a partition, in order; returns when all are safe. [`crate::Kind::Full`] when the partition is
    /// at its bound: then a prefix of the messages may have been taken.
    async fn publish(&self, group: &str, partition: u16, messages: Vec<Bytes>) -> Result<()>;

    /// Takes part in a partition: one member at a time is given messages, in order, at most `prefetch` unsettled.
    async fn subscribe(
        &self,
        group: &str,
        partition: u16,
        prefetch: u16,
    ) -> Result<Intake<Delivery>>;

    /// Messages of a partition that nobody holds: never given to a member, or come back. What this process has been given
    /// it has to count itself.
    async fn depth(&self, group: &str, partition: u16) -> Result<u64>;

    /// Sends to every process that listens right now; lossy.
    async fn broadcast(&self, topic: &str, body: Bytes) -> Result<()>;

    async fn listen(&self, topic: &str) -> Result<Intake<Bytes>>;

    async fn ping(&self) -> Result<()>;

    /// Sends what is waiting to be sent, acks included, and disconnects.
    async fn close(&self);
}
