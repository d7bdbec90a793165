//! Leases, and commits under them.

use super::{Sandbox, batch};
use crate::{PATIENCE, eventually, refused, unique};
use futures_util::future::join_all;
use ports::{
    Kind, Result,
    store::{Condition, Lease},
};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(100);

async fn try_lease(t: &Sandbox, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>> {
    t.store.lease(t.shard, name, holder, ttl).await
}

async fn take(t: &Sandbox, name: &str, holder: &str, ttl: Duration) -> Result<Lease> {
    Ok(try_lease(t, name, holder, ttl).await?.expect("it is free"))
}

/// Takes a lease over as soon as it can be had.
async fn take_over(t: &Sandbox, name: &str, holder: &str) -> Lease {
    eventually(PATIENCE, "the lease runs out", async || {
        try_lease(t, name, holder, PATIENCE).await.ok()?
    })
    .await
}

pub async fn a_lease_is_exclusive(t: Sandbox) -> Result<()> {
    let name = unique("lease");
    let lease = take(&t, &name, "one", PATIENCE).await?;
    assert_eq!((lease.shard, &*lease.holder), (t.shard, "one"));
    assert_eq!(lease.name, name);
    assert_eq!(try_lease(&t, &name, "two", PATIENCE).await?, None);
    // Other names are other leases.
    take(&t, &unique("lease"), "two", PATIENCE).await?;
    Ok(())
}

pub async fn renewing_keeps_the_version(t: Sandbox) -> Result<()> {
    let name = unique("lease");
    let lease = take(&t, &name, "one", SHORT).await?;
    let renewed = take(&t, &name, "one", PATIENCE).await?;
    assert_eq!(renewed, lease);
    // The renewal counts: the first end passes and nobody else gets in.
    t.reach(t.from_now(SHORT).await?).await;
    assert_eq!(try_lease(&t, &name, "two", PATIENCE).await?, None);
    Ok(())
}

pub async fn an_expired_lease_changes_hands(t: Sandbox) -> Result<()> {
    let name = unique("lease");
    let before = t.store.now().await?;
    let old = take(&t, &name, "one", SHORT).await?;
    let new = take_over(&t, &name, "two").await;
    let after = t.store.now().await?;
    assert!(after >= before + SHORT, "taken before it ended");
    assert_ne!(new.version, old.version);
    assert_eq!(try_lease(&t, &name, "one", PATIENCE).await?, None);
    Ok(())
}

pub async fn a_released_lease_is_free(t: Sandbox) -> Result<()> {
    let name = unique("lease");
    let mut versions = Vec::new();
    for holder in ["one", "two", "one"] {
        let lease = take(&t, &name, holder, PATIENCE).await?;
        t.store.release(&lease).await?;
        versions.push(lease.version);
    }
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(
        versions.len(),
        3,
        "each change of hands has a version of its own"
    );
    Ok(())
}

pub async fn releasing_a_lost_lease_is_harmless(t: Sandbox) -> Result<()> {
    let name = unique("lease");
    let old = take(&t, &name, "one", SHORT).await?;
    take_over(&t, &name, "two").await;
    t.store.release(&old).await?;
    assert_eq!(try_lease(&t, &name, "three", PATIENCE).await?, None);
    t.store.release(&old).await?;
    Ok(())
}

pub async fn held_guards_a_commit(t: Sandbox) -> Result<()> {
    let (tenant, name) = (t.tenant(), unique("lease"));
    let under = |lease: &Lease, value: &'static str| {
        batch(|b| {
            b.conditions.push(Condition::Held(lease.clone()));
            b.put("things/one", value);
        })
    };
    let old = take(&t, &name, "one", SHORT).await?;
    let new = take_over(&t, &name, "two").await;
    t.store.commit(&tenant, under(&new, "new")).await?;
    let stale = t.store.commit(&tenant, under(&old, "old")).await;
    assert_eq!(refused(stale), Kind::Conflict);
    let item = t.get(&tenant, "things/one").await?.expect("was put");
    assert_eq!(item.value, "new");
    t.store.release(&new).await?;
    let released = t.store.commit(&tenant, under(&new, "late")).await;
    assert_eq!(refused(released), Kind::Conflict);
    Ok(())
}

pub async fn held_fails_once_the_lease_has_run_out(t: Sandbox) -> Result<()> {
    let (tenant, name) = (t.tenant(), unique("lease"));
    let lease = take(&t, &name, "one", SHORT).await?;
    t.reach(t.from_now(SHORT).await?).await;
    let late = batch(|b| {
        b.conditions.push(Condition::Held(lease));
        b.put("things/one", "x");
    });
    // Nobody has taken it since: the end alone is enough.
    let outcome = t.store.commit(&tenant, late).await;
    assert_eq!(refused(outcome), Kind::Conflict);
    Ok(())
}

pub async fn concurrent_takers_have_one_winner(t: Sandbox) -> Result<()> {
    let name = unique("lease");
    let takers = (0..32).map(|n| {
        let (t, name) = (t.clone(), name.clone());
        tokio::spawn(async move { try_lease(&t, &name, &format!("holder-{n}"), PATIENCE).await })
    });
    let mut winners = 0;
    for lease in join_all(takers).await {
        winners += usize::from(lease.expect("no panic")?.is_some());
    }
    assert_eq!(winners, 1);
    Ok(())
}
