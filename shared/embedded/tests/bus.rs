//! The bus across members, instances and restarts of the process.

#![allow(clippy::expect_used)] // in the helpers of tests, too

use bytes::Bytes;
use embedded::{Embedded, Options, open, open_with};
use ports::{
    Bus, Kind,
    bus::{Ack, Delivery, Incoming, Intake, MAX_MESSAGE_BYTES, ServiceQueue},
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

fn fresh() -> (TempDir, Embedded) {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = open(folder.path()).expect("it opens");
    (folder, opened)
}

fn bodies(numbers: std::ops::Range<u32>) -> Vec<Bytes> {
    numbers.map(|n| Bytes::from(n.to_string())).collect()
}

async fn next<T>(intake: &mut Intake<T>) -> T {
    let next = timeout(PATIENCE, intake.next()).await;
    next.expect("comes in time").expect("the intake is open")
}

async fn take(intake: &mut Intake<Delivery>, count: usize) -> Vec<(Bytes, bool, Ack)> {
    let mut taken = Vec::new();
    for _ in 0..count {
        let delivery = next(intake).await;
        taken.push((delivery.body, delivery.redelivered, delivery.ack));
    }
    taken
}

fn queue() -> ServiceQueue {
    ServiceQueue {
        service: "phonebook".into(),
        version: "1".into(),
    }
}

#[tokio::test]
async fn a_folder_is_opened_once() {
    let (folder, opened) = fresh();
    let second = open(folder.path()).err().expect("it is in use");
    assert_eq!(second.kind(), Kind::Unavailable);
    assert!(
        second
            .to_string()
            .contains(&folder.path().display().to_string())
    );
    drop(opened);
    assert!(open(folder.path()).is_ok());
}

#[tokio::test]
async fn unsettled_messages_come_again_in_order_after_a_restart() {
    let (folder, Embedded { store, bus }) = fresh();
    bus.declare_group("group", 2).await.expect("declared");
    bus.publish("group", 1, bodies(0..10)).await.expect("safe");
    let mut intake = bus.subscribe("group", 1, 4).await.expect("subscribed");
    let mut taken = take(&mut intake, 4).await;
    taken.remove(1).2.done();
    bus.close().await;
    assert!(intake.next().await.is_none());
    let closed = bus.publish("group", 1, bodies(0..1)).await;
    assert_eq!(closed.map_err(|e| e.kind()), Err(Kind::Unavailable));
    drop((store, bus)); // while the other three are still in hand

    let Embedded { bus, .. } = open(folder.path()).expect("it opens again");
    let mut intake = bus.subscribe("group", 1, 16).await.expect("still declared");
    let again = take(&mut intake, 9).await;
    let expected = bodies(0..1).into_iter().chain(bodies(2..10));
    assert!(again.iter().map(|(body, ..)| body.clone()).eq(expected));
    assert!(again.iter().all(|(_, redelivered, _)| *redelivered));
}

#[tokio::test]
async fn the_next_member_gets_what_the_last_one_left() {
    let (_folder, Embedded { bus, .. }) = fresh();
    bus.declare_group("group", 1).await.expect("declared");
    bus.publish("group", 0, bodies(0..6)).await.expect("safe");
    let mut first = bus.subscribe("group", 0, 3).await.expect("subscribed");
    let mut second = bus.subscribe("group", 0, 3).await.expect("subscribed");
    let mut held = take(&mut first, 3).await;
    held.remove(0).2.done();
    drop(first); // with two deliveries in hand
    let again = take(&mut second, 3).await;
    let seen: Vec<_> = again
        .iter()
        .map(|(body, again, _)| (body.clone(), *again))
        .collect();
    assert_eq!(
        seen,
        [("1".into(), true), ("2".into(), true), ("3".into(), false)]
    );
}

#[tokio::test]
async fn a_stopped_member_settles_what_it_has_before_the_next_begins() {
    let (_folder, Embedded { bus, .. }) = fresh();
    bus.declare_group("group", 1).await.expect("declared");
    bus.publish("group", 0, bodies(0..4)).await.expect("safe");
    let mut first = bus.subscribe("group", 0, 2).await.expect("subscribed");
    let mut second = bus.subscribe("group", 0, 8).await.expect("subscribed");
    let one = next(&mut first).await;
    first.stop().await;
    let two = next(&mut first).await; // had arrived already
    assert!(first.next().await.is_none());
    one.ack.done();
    two.ack.done();
    assert_eq!(next(&mut second).await.body, "2");
}

#[tokio::test]
async fn a_dropped_delivery_comes_back_to_its_member() {
    let (_folder, Embedded { bus, .. }) = fresh();
    bus.declare_group("group", 1).await.expect("declared");
    bus.publish("group", 0, bodies(0..1)).await.expect("safe");
    let mut intake = bus.subscribe("group", 0, 1).await.expect("subscribed");
    let first = next(&mut intake).await;
    assert!(!first.redelivered);
    drop(first);
    let again = next(&mut intake).await;
    assert!(again.redelivered);
    again.ack.done();
    bus.publish("group", 0, bodies(1..2)).await.expect("safe");
    assert_eq!(next(&mut intake).await.body, "1");
}

#[tokio::test]
async fn a_full_partition_takes_nothing_until_messages_are_settled() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        partition_bound: 3,
        ..Options::default()
    };
    let Embedded { bus, .. } = open_with(folder.path(), options).expect("it opens");
    bus.declare_group("group", 1).await.expect("declared");
    bus.publish("group", 0, bodies(0..2)).await.expect("safe");
    let full = bus.publish("group", 0, bodies(2..4)).await;
    assert_eq!(full.map_err(|e| e.kind()), Err(Kind::Full));
    let mut intake = bus.subscribe("group", 0, 1).await.expect("subscribed");
    next(&mut intake).await.ack.done();
    // The ack was gathered before, so the transaction of this publish takes it along.
    bus.publish("group", 0, bodies(2..4))
        .await
        .expect("there is room");
    let missing = bus.publish("group", 1, bodies(0..1)).await;
    assert_eq!(missing.map_err(|e| e.kind()), Err(Kind::NotFound));
}

fn answer(incoming: Incoming) {
    let body = incoming.body.clone();
    incoming.reply.send(body);
}

#[tokio::test]
async fn a_request_that_is_dropped_goes_to_another_instance() {
    let (_folder, Embedded { bus, .. }) = fresh();
    let nobody = bus.call(&queue(), Bytes::new(), PATIENCE).await;
    assert_eq!(nobody.map_err(|e| e.kind()), Err(Kind::Unroutable));

    let mut first = bus.serve(&queue(), 1).await.expect("served");
    let caller = Arc::clone(&bus);
    let call = tokio::spawn(async move { caller.call(&queue(), "hello".into(), PATIENCE).await });
    let incoming = next(&mut first).await;
    assert!(!incoming.redelivered);
    let mut second = bus.serve(&queue(), 1).await.expect("served");
    first.stop().await;
    drop(incoming);
    let incoming = next(&mut second).await;
    assert!(incoming.redelivered);
    answer(incoming);
    assert_eq!(call.await.expect("no panic").expect("answered"), "hello");
    drop(second);
    let nobody = bus.call(&queue(), Bytes::new(), PATIENCE).await;
    assert_eq!(nobody.map_err(|e| e.kind()), Err(Kind::Unroutable));
}

#[tokio::test]
async fn an_instance_has_no_more_than_its_concurrency() {
    let (_folder, Embedded { bus, .. }) = fresh();
    let mut intake = bus.serve(&queue(), 2).await.expect("served");
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let bus = Arc::clone(&bus);
            tokio::spawn(async move { bus.call(&queue(), Bytes::new(), PATIENCE).await })
        })
        .collect();
    let mut held = vec![next(&mut intake).await, next(&mut intake).await];
    for _ in 0..3 {
        assert!(intake.receiver.try_recv().is_err(), "only two at once");
        answer(held.remove(0));
        held.push(next(&mut intake).await);
    }
    for incoming in held {
        answer(incoming);
    }
    for call in calls {
        call.await.expect("no panic").expect("answered");
    }
}

#[tokio::test]
async fn callers_stop_waiting_at_their_time_and_at_the_close() {
    let (_folder, Embedded { bus, .. }) = fresh();
    let mut intake = bus.serve(&queue(), 1).await.expect("served");
    let late = bus
        .call(&queue(), Bytes::new(), Duration::from_millis(20))
        .await;
    assert_eq!(late.map_err(|e| e.kind()), Err(Kind::Timeout));
    answer(next(&mut intake).await); // nobody hears it, nothing breaks

    let caller = Arc::clone(&bus);
    let call = tokio::spawn(async move { caller.call(&queue(), Bytes::new(), PATIENCE).await });
    let incoming = next(&mut intake).await;
    bus.close().await;
    drop(incoming);
    let ended = call.await.expect("no panic");
    assert_eq!(ended.map_err(|e| e.kind()), Err(Kind::Unavailable));
    assert!(intake.next().await.is_none());
}

#[tokio::test]
async fn messages_are_bounded() {
    let (_folder, Embedded { bus, .. }) = fresh();
    let mut intake = bus.serve(&queue(), 1).await.expect("served");
    let big = Bytes::from(vec![0; MAX_MESSAGE_BYTES + 1]);
    let refused = bus.call(&queue(), big.clone(), PATIENCE).await;
    assert_eq!(refused.map_err(|e| e.kind()), Err(Kind::TooLarge));
    let refused = bus.broadcast("topic", big.clone()).await;
    assert_eq!(refused.map_err(|e| e.kind()), Err(Kind::TooLarge));
    let answering = async { next(&mut intake).await.reply.send(big) };
    let queue = queue();
    let (refused, ()) = tokio::join!(bus.call(&queue, Bytes::new(), PATIENCE), answering);
    assert_eq!(refused.map_err(|e| e.kind()), Err(Kind::TooLarge));
}

#[tokio::test]
async fn broadcasts_reach_those_who_listen() {
    let (_folder, Embedded { bus, .. }) = fresh();
    let mut first = bus.listen("topic").await.expect("listening");
    let mut second = bus.listen("topic").await.expect("listening");
    bus.broadcast("other", "lost".into()).await.expect("sent");
    bus.broadcast("topic", "one".into()).await.expect("sent");
    first.stop().await;
    bus.broadcast("topic", "two".into()).await.expect("sent");
    assert_eq!(next(&mut first).await, "one");
    assert!(first.next().await.is_none());
    assert_eq!(
        [next(&mut second).await, next(&mut second).await],
        ["one", "two"]
    );
}
