//! Competing servers, and what becomes of their requests when they stop.

use super::helpers::{answer, call, echo, next, queue, spawn_echo};
use crate::{stays_quiet, within};
use futures_util::future::join_all;
use ports::{Bus, Result};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub async fn servers_share_the_work(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut one = bus.serve(&queue, 1).await?;
    let mut two = bus.serve(&queue, 1).await?;
    let calls = [call(&bus, &queue, "a"), call(&bus, &queue, "b")];
    // Each holds one request and can take no other: only together can they have both.
    let held = [next(&mut one).await, next(&mut two).await];
    let bodies: BTreeSet<_> = held.iter().map(|incoming| incoming.body.clone()).collect();
    assert_eq!(bodies.len(), 2, "one request went to both");
    for incoming in held {
        incoming.reply.send(incoming.body);
    }
    for call in calls {
        answer(call).await?;
    }
    Ok(())
}

pub async fn concurrency_is_bounded(bus: Arc<dyn Bus>) -> Result<()> {
    const BOUND: usize = 3;
    const CALLS: usize = 10;
    let queue = queue();
    let mut server = bus.serve(&queue, BOUND).await?;
    let calls: Vec<_> = (0..CALLS)
        .map(|n| call(&bus, &queue, n.to_string()))
        .collect();
    let mut held = Vec::new();
    for received in 0..CALLS {
        if held.len() == BOUND {
            if received == BOUND {
                stays_quiet("given more than it may hold", server.next()).await;
            }
            let done = held.swap_remove(0);
            answer_with_itself(done);
        }
        held.push(next(&mut server).await);
    }
    held.into_iter().for_each(answer_with_itself);
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(answer(call).await?, n.to_string());
    }
    Ok(())
}

fn answer_with_itself(incoming: ports::bus::Incoming) {
    incoming.reply.send(incoming.body);
}

pub async fn a_dropped_request_comes_again(bus: Arc<dyn Bus>) -> Result<()> {
    const CALLS: usize = 8;
    let queue = queue();
    let mut server = bus.serve(&queue, CALLS).await?;
    let calls: Vec<_> = (0..CALLS)
        .map(|n| call(&bus, &queue, n.to_string()))
        .collect();
    // Every second request is dropped when it is new; its neighbours are answered and must not come again.
    let (mut seen, mut answered) = (BTreeSet::new(), BTreeSet::new());
    while answered.len() < CALLS {
        let incoming = next(&mut server).await;
        let number = super::helpers::number(&incoming.body);
        if seen.insert(number) {
            assert!(!incoming.redelivered, "{number} is new");
            if number.is_multiple_of(2) {
                continue;
            }
        } else {
            assert!(incoming.redelivered, "{number} has been given before");
        }
        assert!(answered.insert(number), "{number} was answered already");
        answer_with_itself(incoming);
    }
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(answer(call).await?, n.to_string());
    }
    stays_quiet("an answered request came again", server.next()).await;
    Ok(())
}

pub async fn what_a_stopped_server_received_is_answered(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut server = bus.serve(&queue, 4).await?;
    let call = call(&bus, &queue, "x");
    let held = next(&mut server).await;
    within("the server stops", server.stop()).await;
    held.reply.send("answered after the stop".into());
    assert_eq!(answer(call).await?, "answered after the stop");
    let end = within("the intake ends", server.next()).await;
    assert!(end.is_none());
    Ok(())
}

pub async fn what_a_stopped_server_did_not_receive_goes_back(bus: Arc<dyn Bus>) -> Result<()> {
    let queue = queue();
    let mut leaving = bus.serve(&queue, 8).await?;
    let calls: Vec<_> = (0..8).map(|n| call(&bus, &queue, n.to_string())).collect();
    let unanswered = next(&mut leaving).await;
    let staying = bus.serve(&queue, 1).await?;
    within("the server stops", leaving.stop()).await;
    drop(unanswered);
    drop(leaving);
    let staying = tokio::spawn(echo(staying));
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(answer(call).await?, n.to_string());
    }
    staying.abort();
    Ok(())
}

pub async fn stopping_under_load_loses_no_request(bus: Arc<dyn Bus>) -> Result<()> {
    const CALLERS: usize = 16;
    const SERVED_BEFORE_LEAVING: usize = 20;
    let queue = queue();
    let mut leaving = bus.serve(&queue, 4).await?;
    spawn_echo(&bus, &queue, 4).await?;
    let left = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (bus, queue, left) = (Arc::clone(&bus), queue.clone(), Arc::clone(&left));
            tokio::spawn(async move {
                for n in 0_u64.. {
                    let body = format!("{caller}-{n}");
                    let answer = answer(call(&bus, &queue, body.clone())).await?;
                    assert_eq!(answer, body);
                    if left.load(Ordering::Relaxed) {
                        break;
                    }
                }
                Result::Ok(())
            })
        })
        .collect();
    for _ in 0..SERVED_BEFORE_LEAVING {
        answer_with_itself(next(&mut leaving).await);
    }
    within("the server stops", leaving.stop()).await;
    within("the server answers the rest", echo(leaving)).await;
    left.store(true, Ordering::Relaxed);
    for outcome in join_all(callers).await {
        outcome.expect("every answer is the caller's own")?;
    }
    Ok(())
}
