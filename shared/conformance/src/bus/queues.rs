//! Where requests wait, and where they cannot.

use super::helpers::{answer, call, next, queue, spawn_echo};
use crate::{PATIENCE, eventually, refused, unique, within};
use ports::{Bus, Kind, Result, bus::ServiceQueue};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

pub async fn without_a_server_calls_are_unroutable(bus: Arc<dyn Bus>) -> Result<()> {
    let started = Instant::now();
    let outcome = bus.call(&queue(), "x".into(), PATIENCE).await;
    assert_eq!(refused(outcome), Kind::Unroutable);
    assert!(started.elapsed() < PATIENCE / 4, "not at once");
    Ok(())
}

pub async fn after_the_last_server_calls_are_unroutable(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 1).await?;
    server.stop().await;
    drop(server);
    let ttl = Duration::from_millis(500);
    eventually(PATIENCE, "the queue is gone", async || {
        let outcome = bus.call(&queue, "x".into(), ttl).await;
        (refused(outcome) == Kind::Unroutable).then_some(())
    })
    .await;
    // A server that comes back is found again.
    spawn_echo(&bus, &queue, 1).await?;
    assert_eq!(bus.call(&queue, "x".into(), PATIENCE).await?, "x");
    Ok(())
}

pub async fn versions_have_separate_queues(bus: Arc<dyn Bus>) -> Result<()> {
    let old = queue();
    let new = ServiceQueue {
        version: unique("v"),
        ..old.clone()
    };
    let mut old_server = bus.serve(&old, 4).await?;
    let outcome = bus.call(&new, "new".into(), PATIENCE).await;
    assert_eq!(refused(outcome), Kind::Unroutable);
    let mut new_server = bus.serve(&new, 4).await?;
    for (queue, server) in [(&old, &mut old_server), (&new, &mut new_server)] {
        let call = call(&bus, queue, queue.version.clone());
        let incoming = next(server).await;
        assert_eq!(incoming.body, queue.version);
        incoming.reply.send(incoming.body);
        assert_eq!(answer(call).await?, queue.version);
    }
    Ok(())
}

pub async fn expired_requests_are_not_given(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 1).await?;
    let first = call(&bus, &queue, "first");
    let held = next(&mut server).await;
    // Waits behind the first until its caller has given up.
    let ttl = Duration::from_millis(100);
    let outcome = bus.call(&queue, "expired".into(), ttl).await;
    assert_eq!(refused(outcome), Kind::Timeout);
    let third = call(&bus, &queue, "third");
    held.reply.send("1".into());
    let incoming = next(&mut server).await;
    assert_eq!(incoming.body, "third");
    incoming.reply.send("3".into());
    assert_eq!(answer(first).await?, "1");
    assert_eq!(answer(third).await?, "3");
    Ok(())
}

pub async fn a_full_request_queue_refuses(bus: Arc<dyn Bus>) -> Result<()> {
    // More than the bus may let wait; each call by itself would wait for its answer.
    const FLOOD: usize = 20_000;
    let queue = queue();
    let mut server = bus.serve(&queue, 1).await?;
    let mut calls = JoinSet::new();
    for _ in 0..FLOOD {
        let (bus, queue) = (Arc::clone(&bus), queue.clone());
        calls.spawn(async move { bus.call(&queue, "x".into(), 3 * PATIENCE).await });
    }
    let held = next(&mut server).await;
    let outcome = within("a call is refused", calls.join_next()).await;
    let outcome = outcome.expect("some call ended").expect("no panic");
    assert_eq!(refused(outcome), Kind::Full);
    calls.abort_all();
    drop(held);
    Ok(())
}
