//! One caller's view of a request.

use super::helpers::{answer, call, next, queue, spawn_echo};
use crate::{PATIENCE, refused, unique};
use bytes::Bytes;
use futures_util::future::join_all;
use ports::{Bus, Kind, Result, bus::MAX_MESSAGE_BYTES};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub async fn a_call_gets_its_answer(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    spawn_echo(&bus, &queue, 4).await?;
    let every_byte: Vec<u8> = (0..=255).collect();
    for body in [Bytes::from(every_byte), Bytes::new(), "text".into()] {
        let answer = bus.call(&queue, body.clone(), PATIENCE).await?;
        assert_eq!(answer, body);
    }
    Ok(())
}

pub async fn the_largest_request_and_answer_pass(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    spawn_echo(&bus, &queue, 4).await?;
    let largest = Bytes::from(vec![b'x'; MAX_MESSAGE_BYTES]);
    // Small ones beside it must not suffer from whatever carries the big one.
    let calls: Vec<_> = [largest.clone(), "small".into(), largest.clone()]
        .map(|body| (body.clone(), call(&bus, &queue, body)))
        .into();
    for (body, call) in calls {
        assert!(answer(call).await? == body, "{} bytes changed", body.len());
    }
    Ok(())
}

pub async fn oversized_requests_are_refused(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    spawn_echo(&bus, &queue, 1).await?;
    let body = Bytes::from(vec![b'x'; MAX_MESSAGE_BYTES + 1]);
    let outcome = bus.call(&queue, body, PATIENCE).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    assert_eq!(bus.call(&queue, "fits".into(), PATIENCE).await?, "fits");
    Ok(())
}

pub async fn concurrent_calls_get_their_own_answers(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    for _ in 0..2 {
        spawn_echo(&bus, &queue, 8).await?;
    }
    let calls: Vec<_> = (0..400)
        .map(|n| call(&bus, &queue, format!("{n}-{}", unique("call"))))
        .collect();
    let answers: Result<Vec<_>> = join_all(calls.into_iter().map(answer))
        .await
        .into_iter()
        .collect();
    for (n, answer) in answers?.iter().enumerate() {
        assert!(answer.starts_with(format!("{n}-").as_bytes()));
    }
    Ok(())
}

pub async fn an_unanswered_call_times_out(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 1).await?;
    let ttl = Duration::from_millis(200);
    let started = Instant::now();
    let (outcome, held) = tokio::join!(bus.call(&queue, "x".into(), ttl), next(&mut server));
    assert_eq!(refused(outcome), Kind::Timeout);
    assert!(started.elapsed() >= ttl);
    drop(held);
    Ok(())
}

pub async fn the_server_learns_the_deadline(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 2).await?;
    let earliest = Instant::now();
    let call = call(&bus, &queue, "x");
    let incoming = next(&mut server).await;
    // A deadline travels as time left, so the way may add to it, but never by much.
    let latest = Instant::now() + PATIENCE;
    assert!(incoming.deadline > earliest + PATIENCE / 2);
    assert!(incoming.deadline <= latest);
    incoming.reply.send("y".into());
    assert_eq!(answer(call).await?, "y");
    Ok(())
}

pub async fn a_late_answer_is_harmless(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 1).await?;
    let ttl = Duration::from_millis(100);
    let (outcome, late) = tokio::join!(bus.call(&queue, "first".into(), ttl), next(&mut server));
    assert_eq!(refused(outcome), Kind::Timeout);
    late.reply.send("too late".into());
    let second = call(&bus, &queue, "second");
    let incoming = next(&mut server).await;
    assert_eq!(incoming.body, "second");
    incoming.reply.send("in time".into());
    assert_eq!(answer(second).await?, "in time");
    Ok(())
}

pub async fn an_abandoned_call_is_harmless(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 1).await?;
    let abandoned = call(&bus, &queue, "first");
    let incoming = next(&mut server).await;
    abandoned.abort();
    assert!(abandoned.await.is_err());
    incoming.reply.send("to nobody".into());
    let second = call(&bus, &queue, "second");
    let incoming = next(&mut server).await;
    assert_eq!(incoming.body, "second");
    incoming.reply.send("to somebody".into());
    assert_eq!(answer(second).await?, "to somebody");
    Ok(())
}
