//! The serving side of requests.
//!
//! A service's requests are in the queue of its first name. While the node of that queue is away and the broker lets nobody
//! replace it, a queue of the next name stands in for it. A name once served goes on being served: callers turn to
//! the first one that is there, and nothing waits where nobody looks.

mod desk;
mod replies;

use crate::{
    consumer::{Arrival, Consumer, Source},
    core::Core,
    error::Failure,
    names::RequestNames,
    topology::Queue,
};
use desk::Desk;
use ports::{
    Result,
    bus::{Incoming, Intake},
};
pub use replies::Replies;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    select,
    sync::{Semaphore, mpsc},
};
use tokio_util::sync::{CancellationToken, DropGuard};

pub async fn serve(
    core: &Arc<Core>,
    replies: &Arc<Replies>,
    names: RequestNames,
    concurrency: usize,
) -> Result<Intake<Incoming>> {
    let concurrency = concurrency.clamp(1, u16::MAX.into());
    let (requests, receiver) = mpsc::channel(concurrency);
    let (stop, stopped) = (core.closing.child_token(), CancellationToken::new());
    let server = Server {
        core: core.clone(),
        replies: replies.clone(),
        names,
        concurrency,
        requests,
        free: Arc::new(Semaphore::new(concurrency)),
        stop: stop.clone(),
        served: AtomicUsize::new(0),
    };
    // Whatever way the last of the names' tasks ends, nobody waits for it in vain.
    server.start(Arc::new(stopped.clone().drop_guard())).await?;
    Ok(Intake::new(receiver, async move {
        stop.cancel();
        stopped.cancelled().await;
    }))
}

/// Serves the names of one service, the first alone as long as its queue can be reached.
struct Server {
    core: Arc<Core>,
    replies: Arc<Replies>,
    names: RequestNames,
    concurrency: usize,
    requests: mpsc::Sender<Incoming>,
    free: Arc<Semaphore>,
    stop: CancellationToken,
    /// How many of the names have a task.
    served: AtomicUsize,
}

impl Server {
    /// Returns once one of the names is served.
    async fn start(self, running: Arc<DropGuard>) -> Result<()> {
        let mut consumers = Vec::new();
        loop {
            let Some(source) = self.source(consumers.len()) else {
                return Err(Failure::Stranded.at(self.names.first()));
            };
            let consumer = Consumer::open(self.core.clone(), source).await?;
            let consuming = consumer.queue().is_some();
            consumers.push(consumer);
            if consuming {
                break;
            }
        }
        self.served.store(consumers.len(), Ordering::Release);
        let server = Arc::new(self);
        for (rank, consumer) in consumers.into_iter().enumerate() {
            server.clone().spawn(rank, consumer, running.clone());
        }
        Ok(())
    }

    fn source(&self, rank: usize) -> Option<Source> {
        let (name, bound) = (self.names.get(rank)?, self.core.options.request_bound);
        Some(Source {
            queue: Box::new(move || Queue::requests(name.clone(), bound)),
            prefetch: u16::try_from(self.concurrency).ok(),
            // Requests have no order.
            returns_singly: Arc::new(|| true),
        })
    }

    fn spawn(self: Arc<Self>, rank: usize, consumer: Consumer, running: Arc<DropGuard>) {
        let runtime = self.core.runtime.clone();
        runtime.spawn(self.forward(rank, consumer, running));
    }

    /// Has the name after this one served, if it is not yet.
    fn stand_in(self: &Arc<Self>, rank: usize, running: &Arc<DropGuard>) {
        let Some(source) = self.source(rank + 1) else {
            return;
        };
        let first =
            self.served
                .compare_exchange(rank + 1, rank + 2, Ordering::AcqRel, Ordering::Acquire);
        if first.is_ok() {
            tracing::warn!(
                queue = self.names.first(),
                "its node is away, serving a stand-in"
            );
            let consumer = Consumer::new(self.core.clone(), source);
            self.clone().spawn(rank + 1, consumer, running.clone());
        }
    }

    fn desk(&self, rank: usize) -> Desk {
        Desk {
            requests: self.requests.clone(),
            free: self.free.clone(),
            replies: self.replies.clone(),
            queue: self.names.get(rank).unwrap_or_default().into(),
        }
    }

    async fn forward(
        self: Arc<Self>,
        rank: usize,
        mut consumer: Consumer,
        running: Arc<DropGuard>,
    ) {
        let (desk, stop) = (self.desk(rank), self.stop.clone());
        let mut in_hand = None;
        while !desk.requests.is_closed() {
            let arrival = select! {
                biased;
                () = stop.cancelled() => break,
                () = desk.requests.closed() => break,
                arrival = consumer.next() => arrival,
            };
            match arrival {
                Arrival::Message(message) => {
                    let mut requests = desk.open(message);
                    select! {
                        biased;
                        () = requests.hand_out() => {}
                        () = stop.cancelled() => {
                            in_hand = Some(requests);
                            break;
                        }
                    }
                }
                Arrival::Stranded => self.stand_in(rank, &running),
                Arrival::Opened(_) | Arrival::Lost => {}
            }
        }
        consumer.cancel().await;
        drop(running);
        if let Some(mut requests) = in_hand {
            requests.hand_out().await;
        }
        while let Some(message) = consumer.rest().await {
            desk.open(message).hand_out().await;
        }
    }
}
