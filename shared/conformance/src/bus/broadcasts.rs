//! Broadcasts, and the bus as a whole.

use super::helpers::{group, next, numbered, queue};
use crate::{PATIENCE, eventually, refused, unique};
use bytes::Bytes;
use ports::{
    Bus, Kind, Result,
    bus::{Intake, MAX_MESSAGE_BYTES},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Broadcasts until the listener hears something: broadcasts are lossy by contract.
async fn heard(bus: &Arc<dyn Bus>, topic: &str, body: &str, listener: &mut Intake<Bytes>) -> Bytes {
    let wait = Duration::from_millis(100);
    eventually(PATIENCE, "the listener hears", async || {
        let body = Bytes::copy_from_slice(body.as_bytes());
        bus.broadcast(topic, body).await.ok()?;
        timeout(wait, listener.next()).await.ok()?
    })
    .await
}

pub async fn a_broadcast_reaches_every_listener(bus: Arc<dyn Bus>) -> Result<()> {
    let topic = unique("topic");
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(bus.listen(&topic).await?);
    }
    let first = heard(&bus, &topic, "news", &mut listeners[0]).await;
    assert_eq!(first, "news");
    for listener in &mut listeners[1..] {
        assert_eq!(next(listener).await, "news");
    }
    Ok(())
}

pub async fn listeners_hear_nothing_from_before(bus: Arc<dyn Bus>) -> Result<()> {
    let topic = unique("topic");
    // With and without anybody there.
    bus.broadcast(&topic, "old".into()).await?;
    let mut early = bus.listen(&topic).await?;
    assert_eq!(heard(&bus, &topic, "new", &mut early).await, "new");
    let mut late = bus.listen(&topic).await?;
    assert_eq!(heard(&bus, &topic, "newer", &mut late).await, "newer");
    Ok(())
}

pub async fn topics_are_apart(bus: Arc<dyn Bus>) -> Result<()> {
    let (ours, theirs) = (unique("topic"), unique("topic"));
    let mut listener = bus.listen(&ours).await?;
    let mut other = bus.listen(&theirs).await?;
    heard(&bus, &theirs, "theirs", &mut other).await;
    assert_eq!(heard(&bus, &ours, "ours", &mut listener).await, "ours");
    Ok(())
}

pub async fn oversized_broadcasts_are_refused(bus: Arc<dyn Bus>) -> Result<()> {
    let body = Bytes::from(vec![b'x'; MAX_MESSAGE_BYTES + 1]);
    let outcome = bus.broadcast(&unique("topic"), body).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    Ok(())
}

pub async fn the_bus_answers_pings(bus: Arc<dyn Bus>) -> Result<()> {
    bus.ping().await
}

pub async fn a_closed_bus_is_unavailable(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.close().await;
    let publish = bus.publish(&group, 0, numbered(0..1)).await;
    assert_eq!(refused(publish), Kind::Unavailable);
    let depth = bus.depth(&group, 0).await;
    assert_eq!(refused(depth), Kind::Unavailable);
    let call = bus.call(&queue(), "x".into(), PATIENCE).await;
    assert_eq!(refused(call), Kind::Unavailable);
    assert_eq!(refused(bus.ping().await), Kind::Unavailable);
    // Closing again does no harm.
    bus.close().await;
    Ok(())
}
