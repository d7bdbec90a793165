//! Partitions of a consumer group: what goes in and what comes out.

use super::{
    PARTITION_BOUND,
    helpers::{consume, group, next, number, numbered, receive},
};
use crate::{PATIENCE, eventually, refused, unique};
use bytes::Bytes;
use ports::{Bus, Kind, Result, bus::MAX_MESSAGE_BYTES};
use std::sync::Arc;

pub async fn messages_come_in_order(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    let mut member = bus.subscribe(&group, 0, 10).await?;
    for start in [0, 100, 101] {
        let end = if start == 0 { 100 } else { start + 1 };
        bus.publish(&group, 0, numbered(start..end)).await?;
    }
    bus.publish(&group, 0, Vec::new()).await?;
    for expected in 0..102 {
        let delivery = next(&mut member).await;
        assert_eq!(number(&delivery.body), expected);
        assert!(!delivery.redelivered);
        delivery.ack.done();
    }
    Ok(())
}

pub async fn a_group_holds_messages_without_a_member(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 2).await?;
    bus.publish(&group, 1, numbered(0..20)).await?;
    let mut member = bus.subscribe(&group, 1, 5).await?;
    let expected: Vec<u32> = (0..20).collect();
    assert_eq!(consume(&mut member, 20).await, expected);
    Ok(())
}

pub async fn declaring_again_changes_nothing(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 2).await?;
    bus.publish(&group, 0, numbered(0..3)).await?;
    bus.declare_group(&group, 2).await?;
    let mut member = bus.subscribe(&group, 0, 5).await?;
    assert_eq!(consume(&mut member, 3).await, [0, 1, 2]);
    Ok(())
}

pub async fn publishing_where_nothing_is_declared_is_refused(bus: Arc<dyn Bus>) -> Result<()> {
    let outcome = bus.publish(&unique("group"), 0, numbered(0..1)).await;
    assert_eq!(refused(outcome), Kind::NotFound);
    let group = group(&bus, 2).await?;
    let outcome = bus.publish(&group, 2, numbered(0..1)).await;
    assert_eq!(refused(outcome), Kind::NotFound);
    Ok(())
}

pub async fn partitions_are_independent(bus: Arc<dyn Bus>) -> Result<()> {
    const PARTITIONS: u16 = 8;
    let group = group(&bus, PARTITIONS).await?;
    let first = |partition| u32::from(partition) * 100;
    for partition in 0..PARTITIONS {
        let start = first(partition);
        bus.publish(&group, partition, numbered(start..start + 5))
            .await?;
    }
    // The first is stuck on its first message; the others go on.
    let mut stuck = bus.subscribe(&group, 0, 1).await?;
    let held = receive(&mut stuck, 1).await;
    for partition in 1..PARTITIONS {
        let mut member = bus.subscribe(&group, partition, 3).await?;
        let start = first(partition);
        let expected: Vec<_> = (start..start + 5).collect();
        assert_eq!(consume(&mut member, 5).await, expected);
    }
    assert_eq!(number(&held[0].body), 0);
    Ok(())
}

pub async fn a_full_partition_refuses(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 2).await?;
    let most = 10 * PARTITION_BOUND;
    let mut taken = 0;
    let outcome = loop {
        assert!(taken < most, "far over the bound");
        let outcome = bus.publish(&group, 0, numbered(taken..taken + 1)).await;
        if outcome.is_err() {
            break outcome;
        }
        taken += 1;
    };
    assert_eq!(refused(outcome), Kind::Full);
    assert!(taken >= PARTITION_BOUND / 2, "full after {taken}");
    // Its neighbour has room, and what was taken is safe.
    bus.publish(&group, 1, numbered(0..10)).await?;
    let mut member = bus.subscribe(&group, 0, 100).await?;
    let expected: Vec<u32> = (0..taken).collect();
    let count = usize::try_from(taken).expect("small");
    assert_eq!(consume(&mut member, count).await, expected);
    eventually(PATIENCE, "there is room again", async || {
        bus.publish(&group, 0, numbered(taken..taken + 1))
            .await
            .ok()
    })
    .await;
    assert_eq!(consume(&mut member, 1).await, [taken]);
    Ok(())
}

pub async fn the_depth_is_what_nobody_holds(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 2).await?;
    let becomes = async |expected| {
        eventually(PATIENCE, &format!("a depth of {expected}"), async || {
            let depth = bus.depth(&group, 0).await.expect("counted");
            (depth == expected).then_some(())
        })
        .await;
    };
    becomes(0).await;
    bus.publish(&group, 0, numbered(0..10)).await?;
    becomes(10).await;
    assert_eq!(bus.depth(&group, 1).await?, 0, "the neighbour is empty");
    let mut first = bus.subscribe(&group, 0, 3).await?;
    let mut held = receive(&mut first, 3).await;
    becomes(7).await;
    held.remove(0).ack.done();
    first.stop().await;
    drop((held, first));
    becomes(9).await;
    let mut second = bus.subscribe(&group, 0, 4).await?;
    assert_eq!(consume(&mut second, 9).await.len(), 9);
    becomes(0).await;
    Ok(())
}

pub async fn the_depth_of_what_is_not_declared_is_refused(bus: Arc<dyn Bus>) -> Result<()> {
    let outcome = bus.depth(&unique("group"), 0).await;
    assert_eq!(refused(outcome), Kind::NotFound);
    let group = group(&bus, 2).await?;
    assert_eq!(refused(bus.depth(&group, 2).await), Kind::NotFound);
    // The refusal has done no harm.
    assert_eq!(bus.depth(&group, 1).await?, 0);
    Ok(())
}

pub async fn the_largest_message_passes(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    let largest = Bytes::from(vec![b'x'; MAX_MESSAGE_BYTES]);
    let messages = vec![largest.clone(), Bytes::new(), largest.clone()];
    bus.publish(&group, 0, messages.clone()).await?;
    let mut member = bus.subscribe(&group, 0, 2).await?;
    for message in messages {
        let delivery = next(&mut member).await;
        assert!(delivery.body == message, "{} bytes changed", message.len());
        delivery.ack.done();
    }
    Ok(())
}

pub async fn oversized_messages_are_refused(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    let messages = vec!["0".into(), vec![b'x'; MAX_MESSAGE_BYTES + 1].into()];
    let outcome = bus.publish(&group, 0, messages).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    // None of them was taken: a size is known before the first is sent.
    bus.publish(&group, 0, numbered(1..2)).await?;
    let mut member = bus.subscribe(&group, 0, 2).await?;
    assert_eq!(consume(&mut member, 1).await, [1]);
    Ok(())
}
