//! Members of a consumer group: settling, leaving, taking over.

use super::helpers::{consume, group, next, number, numbered, numbers, receive};
use crate::{stays_quiet, within};
use ports::{Bus, Result};
use std::sync::Arc;

pub async fn prefetch_is_bounded(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.publish(&group, 0, numbered(0..10)).await?;
    let mut member = bus.subscribe(&group, 0, 3).await?;
    let mut held = receive(&mut member, 3).await;
    stays_quiet("given more than it may hold", member.next()).await;
    held.remove(0).ack.done();
    held.extend(receive(&mut member, 1).await);
    assert_eq!(numbers(&held), [1, 2, 3]);
    stays_quiet("given more than it may hold", member.next()).await;
    Ok(())
}

pub async fn settled_messages_do_not_come_again(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.publish(&group, 0, numbered(0..6)).await?;
    let mut first = bus.subscribe(&group, 0, 10).await?;
    assert_eq!(consume(&mut first, 4).await, [0, 1, 2, 3]);
    within("the member stops", first.stop()).await;
    drop(first);
    let mut second = bus.subscribe(&group, 0, 10).await?;
    assert_eq!(consume(&mut second, 2).await, [4, 5]);
    bus.publish(&group, 0, numbered(6..7)).await?;
    assert_eq!(consume(&mut second, 1).await, [6]);
    Ok(())
}

pub async fn a_dropped_delivery_comes_next(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.publish(&group, 0, numbered(0..3)).await?;
    let mut member = bus.subscribe(&group, 0, 1).await?;
    assert_eq!(consume(&mut member, 1).await, [0]);
    for _ in 0..3 {
        let dropped = next(&mut member).await;
        assert_eq!(number(&dropped.body), 1);
    }
    let again = next(&mut member).await;
    assert_eq!(number(&again.body), 1);
    assert!(again.redelivered);
    again.ack.done();
    assert_eq!(consume(&mut member, 1).await, [2]);
    Ok(())
}

pub async fn one_member_at_a_time_is_given_messages(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    let mut first = bus.subscribe(&group, 0, 4).await?;
    bus.publish(&group, 0, numbered(0..4)).await?;
    let held = receive(&mut first, 4).await;
    // The first can take no more, but the second still has to wait.
    let mut second = bus.subscribe(&group, 0, 4).await?;
    bus.publish(&group, 0, numbered(4..8)).await?;
    stays_quiet("two members at once", second.next()).await;
    held.into_iter().for_each(|delivery| delivery.ack.done());
    assert_eq!(consume(&mut first, 4).await, [4, 5, 6, 7]);
    within("the first stops", first.stop()).await;
    drop(first);
    bus.publish(&group, 0, numbered(8..10)).await?;
    assert_eq!(consume(&mut second, 2).await, [8, 9]);
    Ok(())
}

pub async fn the_next_member_gets_the_unsettled_in_order(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.publish(&group, 0, numbered(0..10)).await?;
    let mut leaving = bus.subscribe(&group, 0, 4).await?;
    let mut held = receive(&mut leaving, 3).await;
    let mut waiting = bus.subscribe(&group, 0, 4).await?;
    held.remove(0).ack.done();
    within("the member stops", leaving.stop()).await;
    drop(held);
    drop(leaving);
    for expected in 1..10 {
        let delivery = next(&mut waiting).await;
        assert_eq!(number(&delivery.body), expected);
        if expected <= 2 {
            assert!(delivery.redelivered, "{expected} was given before");
        }
        delivery.ack.done();
    }
    Ok(())
}

pub async fn a_stopped_member_can_settle_what_it_received(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.publish(&group, 0, numbered(0..6)).await?;
    let mut leaving = bus.subscribe(&group, 0, 3).await?;
    let mut held = receive(&mut leaving, 3).await;
    let mut waiting = bus.subscribe(&group, 0, 3).await?;
    within("the member stops", leaving.stop()).await;
    // Until it has settled them, the next member would overtake it.
    let last = held.pop().expect("three were received");
    held.into_iter().for_each(|delivery| delivery.ack.done());
    stays_quiet("the next member overtakes", waiting.next()).await;
    last.ack.done();
    let end = within("the intake ends", leaving.next()).await;
    assert!(end.is_none(), "a stopped member was given more");
    drop(leaving);
    assert_eq!(consume(&mut waiting, 3).await, [3, 4, 5]);
    Ok(())
}

pub async fn a_member_that_vanishes_is_replaced(bus: Arc<dyn Bus>) -> Result<()> {
    let group = group(&bus, 1).await?;
    bus.publish(&group, 0, numbered(0..5)).await?;
    let mut vanishing = bus.subscribe(&group, 0, 2).await?;
    let held = receive(&mut vanishing, 2).await;
    let mut waiting = bus.subscribe(&group, 0, 2).await?;
    // No stop: its task panicked, say.
    drop(vanishing);
    drop(held);
    assert_eq!(consume(&mut waiting, 5).await, [0, 1, 2, 3, 4]);
    Ok(())
}
