//! A tenant's log: reading it, following it, trimming it.

use super::{Sandbox, event};
use crate::{PATIENCE, eventually};
use futures_util::future::join_all;
use ports::{Result, Tenant};
use std::collections::BTreeMap;

/// Commits `count` events, one at a time.
async fn record(t: &Sandbox, tenant: &Tenant, count: usize) -> Result<Vec<u64>> {
    let mut sequences = Vec::new();
    for n in 0..count {
        let committed = t
            .commit(tenant, |b| {
                b.event(event(&format!("subject-{n}")));
            })
            .await?;
        sequences.extend(committed.sequences);
    }
    Ok(sequences)
}

/// What the log holds, and its oldest position as it says itself.
async fn positions(t: &Sandbox, tenant: &Tenant) -> Result<(Vec<u64>, Option<u64>)> {
    let page = t.store.read_log(tenant, 0, 1_000).await?;
    let sequences = page.events.iter().map(|event| event.sequence).collect();
    Ok((sequences, page.oldest))
}

/// Marks everything in the shard as relayed.
async fn relay_all(t: &Sandbox, upto: u64) -> Result<()> {
    let lease = t.lease().await?;
    t.store.advance(&lease, &BTreeMap::new(), upto).await?;
    t.store.release(&lease).await
}

pub async fn the_log_is_ordered_and_paged(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    assert_eq!(positions(&t, &tenant).await?, (vec![], None));
    let all = record(&t, &tenant, 10).await?;
    assert!(all.is_sorted_by(|a, b| a < b));
    assert_eq!(positions(&t, &tenant).await?, (all.clone(), Some(all[0])));
    for (after, limit, expected) in [
        (all[3], 1_000, &all[4..]),
        (all[3], 2, &all[4..6]),
        (all[3] - 1, 1, &all[3..4]),
        (all[9], 5, &[]),
        (u64::MAX, 5, &[]),
    ] {
        let page = t.store.read_log(&tenant, after, limit).await?;
        let read: Vec<_> = page.events.iter().map(|event| event.sequence).collect();
        assert_eq!(read, expected, "{limit} after {after}");
        assert_eq!(page.oldest, Some(all[0]));
    }
    Ok(())
}

pub async fn logs_are_apart_for_each_tenant(t: Sandbox) -> Result<()> {
    let (ours, theirs) = (t.tenant(), t.tenant());
    let first = record(&t, &ours, 2).await?;
    let second = record(&t, &theirs, 3).await?;
    assert_eq!(positions(&t, &ours).await?.0, first);
    assert_eq!(positions(&t, &theirs).await?.0, second);
    Ok(())
}

pub async fn trimming_drops_the_oldest_entries(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let (tenant, other) = (t.tenant(), t.tenant());
    let all = record(&t, &tenant, 6).await?;
    let others = record(&t, &other, 1).await?;
    relay_all(&t, others[0]).await?;
    t.store.trim_log(&tenant, all[2]).await?;
    assert_eq!(
        positions(&t, &tenant).await?,
        (all[2..].to_vec(), Some(all[2]))
    );
    assert_eq!(positions(&t, &other).await?.0, others);
    t.store.trim_log(&tenant, all[5] + 1).await?;
    assert_eq!(positions(&t, &tenant).await?, (vec![], None));
    // Positions are never given twice, not even those of entries that are gone.
    let next = record(&t, &tenant, 1).await?;
    assert!(next[0] > all[5]);
    Ok(())
}

pub async fn trimming_spares_what_is_not_relayed(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let tenant = t.tenant();
    let all = record(&t, &tenant, 6).await?;
    t.store.trim_log(&tenant, u64::MAX).await?;
    assert_eq!(positions(&t, &tenant).await?.0, all);
    relay_all(&t, all[3]).await?;
    t.store.trim_log(&tenant, u64::MAX).await?;
    assert_eq!(positions(&t, &tenant).await?.0, all[4..]);
    let waiting: Vec<_> = t.outbox(0).await?.iter().map(|e| e.sequence).collect();
    assert_eq!(waiting, all[4..]);
    Ok(())
}

pub async fn a_tailing_reader_misses_nothing(t: Sandbox) -> Result<()> {
    const WRITERS: usize = 8;
    const EACH: usize = 12;
    let tenant = t.tenant();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (t, tenant) = (t.clone(), tenant.clone());
            tokio::spawn(async move { record(&t, &tenant, EACH).await })
        })
        .collect();
    // A reader that goes on behind the last entry it saw would miss one that became visible out of order.
    let mut seen = Vec::new();
    eventually(PATIENCE, "the reader sees every event", async || {
        let after = seen.last().copied().unwrap_or(0);
        let page = t.store.read_log(&tenant, after, 7).await.ok()?;
        seen.extend(page.events.iter().map(|event| event.sequence));
        (seen.len() == WRITERS * EACH).then_some(())
    })
    .await;
    let mut written = Vec::new();
    for sequences in join_all(writers).await {
        written.extend(sequences.expect("no panic")?);
    }
    written.sort_unstable();
    assert_eq!(seen, written);
    Ok(())
}
