use crate::{PATIENCE, unique, within};
use bytes::Bytes;
use ports::{
    Bus, Result,
    bus::{Delivery, Incoming, Intake, ServiceQueue},
};
use std::{ops::Range, sync::Arc};
use tokio::task::JoinHandle;

/// The request queue of a service that nobody has named before.
pub fn queue() -> ServiceQueue {
    ServiceQueue {
        service: unique("service"),
        version: unique("v"),
    }
}

/// A call in the background, which waits for its answer as long as a case waits for anything.
pub fn call(
    bus: &Arc<dyn Bus>,
    queue: &ServiceQueue,
    body: impl Into<Bytes>,
) -> JoinHandle<Result<Bytes>> {
    let (bus, queue, body) = (Arc::clone(bus), queue.clone(), body.into());
    tokio::spawn(async move { bus.call(&queue, body, PATIENCE).await })
}

/// The answer of a call in the background.
pub async fn answer(call: JoinHandle<Result<Bytes>>) -> Result<Bytes> {
    within("the answer", call).await.expect("no panic")
}

/// The next thing that arrives.
pub async fn next<T>(intake: &mut Intake<T>) -> T {
    within("something arrives", intake.next())
        .await
        .expect("the intake is open")
}

/// Answers everything that arrives with its own body, until the intake ends.
pub async fn echo(mut intake: Intake<Incoming>) {
    while let Some(incoming) = intake.next().await {
        incoming.reply.send(incoming.body);
    }
}

/// A server that echoes in the background.
pub async fn spawn_echo(
    bus: &Arc<dyn Bus>,
    queue: &ServiceQueue,
    concurrency: usize,
) -> Result<JoinHandle<()>> {
    Ok(tokio::spawn(echo(bus.serve(queue, concurrency).await?)))
}

/// A consumer group that nobody has named before.
pub async fn group(bus: &Arc<dyn Bus>, partitions: u16) -> Result<String> {
    let group = unique("group");
    bus.declare_group(&group, partitions).await?;
    Ok(group)
}

/// Messages that say their place.
pub fn numbered(range: Range<u32>) -> Vec<Bytes> {
    range.map(|n| n.to_string().into()).collect()
}

pub fn number(body: &Bytes) -> u32 {
    let text = std::str::from_utf8(body).expect("digits");
    text.parse().expect("a number")
}

/// The next deliveries, unsettled.
pub async fn receive(intake: &mut Intake<Delivery>, count: usize) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for _ in 0..count {
        deliveries.push(next(intake).await);
    }
    deliveries
}

/// The places of the next deliveries, each settled.
pub async fn consume(intake: &mut Intake<Delivery>, count: usize) -> Vec<u32> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        let delivery = next(intake).await;
        numbers.push(number(&delivery.body));
        delivery.ack.done();
    }
    numbers
}

pub fn numbers(deliveries: &[Delivery]) -> Vec<u32> {
    deliveries.iter().map(|d| number(&d.body)).collect()
}
