//! Takes a service's requests from the bus and gives them to the executor.

use crate::{
    executor::{Executor, Task},
    frame::{Request, Response},
    requests,
};
use ports::{
    Bus,
    bus::{Incoming, ServiceQueue},
};
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use web::{Problem, ProblemKind};

const RETRY: Duration = Duration::from_secs(1);

pub async fn run(
    bus: Arc<dyn Bus>,
    queue: ServiceQueue,
    service: &'static str,
    concurrency: usize,
    executor: Arc<Executor>,
    tracker: TaskTracker,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let mut intake = match stop
            .run_until_cancelled(bus.serve(&queue, concurrency))
            .await
        {
            None => return,
            Some(Ok(intake)) => intake,
            Some(Err(error)) => {
                tracing::warn!(service, %error, "serving requests failed");
                stop.run_until_cancelled(tokio::time::sleep(RETRY)).await;
                continue;
            }
        };
        while let Some(Some(incoming)) = stop.run_until_cancelled(intake.next()).await {
            submit(&executor, &tracker, service, incoming);
        }
        // What has arrived is still answered: its callers are waiting.
        intake.stop().await;
        while let Some(incoming) = intake.next().await {
            submit(&executor, &tracker, service, incoming);
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
