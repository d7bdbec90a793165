//! Takes a service's requests from the bus and gives them to the executor.

use crate::{
    executor::{Executor, Task},
    frame::{Request, Response},
    requests,
};
use ports::{
    Bus, Result,
    bus::{Incoming, Intake, ServiceQueue},
};
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use web::{Problem, ProblemKind};

const RETRY: Duration = Duration::from_secs(1);

/// A service's place at the bus.
pub struct Counter {
    pub bus: Arc<dyn Bus>,
    pub queue: ServiceQueue,
    pub service: &'static str,
    pub concurrency: usize,
}

impl Counter {
    /// Requests can be sent when it returns.
    pub async fn open(&self) -> Result<Intake<Incoming>> {
        self.bus.serve(&self.queue, self.concurrency).await
    }

    /// Serves, first what comes in by `intake`, until it is told to stop.
    pub async fn run(
        self,
        intake: Intake<Incoming>,
        executor: Arc<Executor>,
        tracker: TaskTracker,
        stop: CancellationToken,
    ) {
        let mut open = Some(intake);
        while !stop.is_cancelled() {
            let mut intake = match open.take() {
                Some(intake) => intake,
                None => match stop.run_until_cancelled(self.open()).await {
                    None => return,
                    Some(Ok(intake)) => intake,
                    Some(Err(error)) => {
                        tracing::warn!(service = self.service, %error, "serving requests failed");
                        stop.run_until_cancelled(tokio::time::sleep(RETRY)).await;
                        continue;
                    }
                },
            };
            while let Some(Some(incoming)) = stop.run_until_cancelled(intake.next()).await {
                submit(&executor, &tracker, self.service, incoming);
            }
            // What has arrived is still answered: its callers are waiting.
            intake.stop().await;
            while let Some(incoming) = intake.next().await {
                submit(&executor, &tracker, self.service, incoming);
            }
        }
    }
}

fn submit(executor: &Executor, tracker: &TaskTracker, service: &'static str, incoming: Incoming) {
    let Incoming {
        body,
        deadline,
        redelivered,
        reply,
    } = incoming;
    let in_hand = tracker.token();
    let done = move |response: Response| {
        match response.encode() {
            Ok(frame) => reply.send(frame),
            Err(error) => tracing::error!(service, %error, "an answer could not be sent"),
        }
        drop(in_hand);
    };
    match Request::decode(body) {
        Ok(request) => executor.submit(Task {
            service,
            request,
            deadline,
            redelivered,
            done: Box::new(done),
        }),
        Err(error) => {
            tracing::error!(service, %error, "a request could not be read");
            done(requests::problem_response(
                &Problem::new(ProblemKind::Internal, "the request could not be read"),
                "",
            ));
        }
    }
}
