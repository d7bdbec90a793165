//! Requests: a bounded queue for each service and version, its callers and the instances that compete for it.
//! A request goes from task to task by way of one short lock; no task of the bus stands between.

mod queue;

use bytes::Bytes;
use ports::{
    Error, Kind, Result,
    bus::{Incoming, Intake, ServiceQueue},
};
use queue::{Queue, Request};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

#[derive(Default)]
pub(super) struct Requests(RwLock<HashMap<ServiceQueue, Arc<Queue>>>);

impl Requests {
    pub(super) async fn call(
        &self,
        to: &ServiceQueue,
        body: Bytes,
        ttl: Duration,
    ) -> Result<Bytes> {
        let queue = self.find(to).ok_or_else(|| unroutable(to))?;
        let (answer, answered) = oneshot::channel();
        // A time beyond what the clock can count is as good as a century.
        let now = Instant::now();
        let deadline = now
            .checked_add(ttl)
            .unwrap_or_else(|| now + Duration::from_hours(24 * 36_500));
        let request = Request {
            body,
            deadline,
            redelivered: false,
            answer,
        };
        queue.offer(request).map_err(|refusal| match refusal {
            Kind::Unroutable => unroutable(to),
            kind => Error::new(
                kind,
                format!("the queue of {} {} is full", to.service, to.version),
            ),
        })?;
        match timeout(ttl, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) if Instant::now() < deadline => {
                Err(Error::unavailable("the bus closed before the answer came"))
            }
            Ok(Err(_)) | Err(_) => {
                queue.forget_abandoned();
                Err(Error::new(
                    Kind::Timeout,
                    format!("{} did not answer in time", to.service),
                ))
            }
        }
    }

    pub(super) fn serve(&self, queue: &ServiceQueue, concurrency: usize) -> Intake<Incoming> {
        let mut queues = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let queue = Arc::clone(queues.entry(queue.clone()).or_default());
        drop(queues);
        let (server, receiver) = queue.join(concurrency.max(1));
        Intake::new(receiver, async move { queue.leave(server) })
    }

    pub(super) fn close(&self) {
        let queues = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for queue in queues.values() {
            queue.close();
        }
    }

    fn find(&self, queue: &ServiceQueue) -> Option<Arc<Queue>> {
        let queues = self.0.read().unwrap_or_else(PoisonError::into_inner);
        queues.get(queue).cloned()
    }
}

fn unroutable(to: &ServiceQueue) -> Error {
    Error::new(
        Kind::Unroutable,
        format!("nobody serves {} {}", to.service, to.version),
    )
}
