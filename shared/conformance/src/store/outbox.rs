//! What a relay works with.

use super::{OUTBOX_QUOTA, Sandbox, event};
use crate::{PATIENCE, eventually, refused, unique};
use ports::{
    Kind, Result,
    store::{Hint, MAX_PAGE, MAX_WRITES},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::broadcast::Receiver;

async fn sequences(t: &Sandbox, after: u64, limit: usize) -> Result<Vec<u64>> {
    let entries = t.store.read_outbox(t.shard, after, limit).await?;
    Ok(entries.iter().map(|entry| entry.sequence).collect())
}

pub async fn the_outbox_holds_a_shard_in_order(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenants = [t.tenant(), t.tenant(), t.tenant()];
    let mut committed = Vec::new();
    for round in 0..9 {
        let tenant = &tenants[round % 3];
        let done = t
            .commit(tenant, |b| {
                b.event(event("a")).event(event("b"));
            })
            .await?;
        committed.extend(done.sequences.into_iter().map(|s| (tenant.clone(), s)));
    }
    let entries = t.outbox(0).await?;
    let read: Vec<_> = entries
        .into_iter()
        .map(|entry| (entry.tenant, entry.sequence))
        .collect();
    assert_eq!(read, committed);
    let all: Vec<u64> = committed.iter().map(|(_, sequence)| *sequence).collect();
    assert!(all.is_sorted_by(|a, b| a < b));
    assert_eq!(sequences(&t, all[4], MAX_PAGE).await?, all[5..]);
    assert_eq!(sequences(&t, all[4], 3).await?, all[5..8]);
    assert_eq!(sequences(&t, all[17], 3).await?, [0; 0]);
    Ok(())
}

pub async fn advancing_sets_cursors_and_trims(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let committed = t
        .commit(&tenant, |b| {
            b.events.extend((0..5).map(|_| event("one")));
        })
        .await?;
    let all = committed.sequences;
    let lease = t.lease().await?;
    let (fast, slow) = (unique("group"), unique("group"));
    let mut cursors = t.store.cursors(t.shard).await?;
    cursors.extend([(fast.clone(), all[4]), (slow.clone(), all[1])]);
    t.store.advance(&lease, &cursors, all[1]).await?;
    assert_eq!(t.store.cursors(t.shard).await?, cursors);
    assert_eq!(sequences(&t, 0, MAX_PAGE).await?, all[2..]);
    // The log keeps what the outbox lets go.
    assert_eq!(t.log(&tenant, 0).await?.len(), 5);
    cursors.insert(slow, all[4]);
    t.store.advance(&lease, &cursors, all[4]).await?;
    assert_eq!(t.store.cursors(t.shard).await?, cursors);
    assert_eq!(sequences(&t, 0, MAX_PAGE).await?, [0; 0]);
    Ok(())
}

pub async fn advancing_needs_the_lease(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let committed = t
        .commit(&t.tenant(), |b| {
            b.event(event("one"));
        })
        .await?;
    let (name, group) = (unique("lease"), unique("group"));
    let short = Duration::from_millis(50);
    let old = t.store.lease(t.shard, &name, "old", short).await?;
    let old = old.expect("a fresh lease is free");
    eventually(PATIENCE, "the lease changes hands", async || {
        t.store.lease(t.shard, &name, "new", PATIENCE).await.ok()?
    })
    .await;
    let before = t.store.cursors(t.shard).await?;
    let cursors = BTreeMap::from([(group, 1)]);
    let outcome = t
        .store
        .advance(&old, &cursors, committed.sequences[0])
        .await;
    assert_eq!(refused(outcome), Kind::Conflict);
    assert_eq!(t.store.cursors(t.shard).await?, before);
    assert_eq!(sequences(&t, 0, MAX_PAGE).await?, committed.sequences);
    Ok(())
}

/// Waits for the hint; others may come in between.
pub(super) async fn hinted(hints: &mut Receiver<Hint>, expected: &Hint) {
    crate::within("the hint", async {
        while hints.recv().await.as_ref() != Ok(expected) {}
    })
    .await;
}

pub async fn a_waiting_relay_gets_a_hint(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let mut hints = t.store.hints();
    let tenant = t.tenant();
    let mut after = 0;
    for _ in 0..3 {
        assert_eq!(sequences(&t, after, MAX_PAGE).await?, [0; 0]);
        let committed = t
            .commit(&tenant, |b| {
                b.event(event("one"));
            })
            .await?;
        hinted(&mut hints, &Hint::Outbox(t.shard)).await;
        after = committed.sequences[0];
    }
    Ok(())
}

pub async fn a_full_outbox_refuses_events(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let mut last = 0;
    for _ in 0..OUTBOX_QUOTA / MAX_WRITES {
        let committed = t
            .commit(&tenant, |b| {
                b.events.extend((0..MAX_WRITES).map(|_| event("one")));
            })
            .await?;
        last = *committed.sequences.last().expect("a thousand");
    }
    let refused_commit = t
        .commit(&tenant, |b| {
            b.put("things/one", "x").event(event("two"));
        })
        .await;
    assert_eq!(refused(refused_commit), Kind::Full);
    assert_eq!(t.get(&tenant, "things/one").await?, None);
    // Consumers must be able to go on, or nothing would ever drain.
    t.put(&tenant, "things/two", "x").await?;
    let lease = t.lease().await?;
    t.store.advance(&lease, &BTreeMap::new(), last).await?;
    t.commit(&tenant, |b| {
        b.put("things/one", "x").event(event("two"));
    })
    .await?;
    Ok(())
}
