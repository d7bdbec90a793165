//! Items that are to be claimed when their time comes.

use super::{Sandbox, outbox::hinted};
use crate::{PATIENCE, eventually, unique};
use ports::{
    Result, Shard, Tenant, Timestamp,
    store::{Claimed, Hint, Put},
};
use std::time::Duration;

const SOON: Duration = Duration::from_millis(100);
pub(super) const LONG: Duration = Duration::from_secs(3_600);

/// Puts an item to be claimed at that time, if any.
pub(super) async fn put_due(
    t: &Sandbox,
    tenant: &Tenant,
    key: &str,
    due_at: Option<Timestamp>,
) -> Result<u64> {
    let put = Put {
        key: key.to_owned(),
        value: key.to_owned().into(),
        expires_at: None,
        due_at,
    };
    let committed = t
        .commit(tenant, |b| {
            b.put_item(put);
        })
        .await?;
    Ok(committed.version)
}

pub(super) fn keys(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|entry| entry.key.as_str()).collect()
}

async fn claim_all(t: &Sandbox, scope: &str) -> Result<Vec<Claimed>> {
    t.store.claim_due(t.shard, scope, 100, LONG).await
}

pub async fn items_are_claimed_when_due(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let key = format!("{scope}/timer");
    let due_at = t.from_now(SOON).await?;
    let version = put_due(&t, &tenant, &key, Some(due_at)).await?;
    let claimed = eventually(PATIENCE, "the item is due", async || {
        let claimed = claim_all(&t, &scope).await.ok()?;
        let now = t.store.now().await.ok()?;
        assert!(
            claimed.is_empty() || now >= due_at,
            "claimed before it was due"
        );
        claimed.into_iter().next()
    })
    .await;
    assert_eq!((&claimed.tenant, &claimed.key), (&tenant, &key));
    assert_eq!(claimed.item.version, version);
    assert_eq!(claimed.item.value, key);
    assert_eq!(claimed.item.due_at, Some(due_at));
    assert_eq!(t.get(&tenant, &key).await?, Some(claimed.item));
    Ok(())
}

pub async fn claims_come_earliest_first(t: Sandbox) -> Result<()> {
    let (tenants, scope) = ([t.tenant(), t.tenant()], unique("scope"));
    let now = t.store.now().await?.as_micros();
    // Neither in the order of the keys nor in that of the commits.
    for (n, age) in [3_000, 1_000, 5_000, 2_000, 4_000].into_iter().enumerate() {
        let key = format!("{scope}/{n}");
        put_due(&t, &tenants[n % 2], &key, Some(Timestamp(now - age))).await?;
    }
    let first = t.store.claim_due(t.shard, &scope, 2, LONG).await?;
    assert_eq!(keys(&first), [format!("{scope}/2"), format!("{scope}/4")]);
    let rest = claim_all(&t, &scope).await?;
    let expected = [0, 3, 1].map(|n| format!("{scope}/{n}"));
    assert_eq!(keys(&rest), expected);
    assert!(claim_all(&t, &scope).await?.is_empty());
    Ok(())
}

pub async fn putting_again_moves_the_due_time(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let [sooner, later] = ["sooner", "later"].map(|name| format!("{scope}/{name}"));
    let (past, future) = (t.a_moment_ago().await?, t.from_now(LONG).await?);
    put_due(&t, &tenant, &sooner, Some(future)).await?;
    put_due(&t, &tenant, &later, Some(past)).await?;
    put_due(&t, &tenant, &sooner, Some(past)).await?;
    put_due(&t, &tenant, &later, Some(future)).await?;
    assert_eq!(
        keys(&claim_all(&t, &scope).await?),
        std::slice::from_ref(&sooner)
    );
    // A handler that is to come again puts its item with a new time: its own claim must not hide that.
    put_due(&t, &tenant, &sooner, Some(past)).await?;
    assert_eq!(keys(&claim_all(&t, &scope).await?), [sooner]);
    Ok(())
}

pub async fn putting_without_a_due_time_cancels(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let key = format!("{scope}/timer");
    put_due(&t, &tenant, &key, Some(t.a_moment_ago().await?)).await?;
    put_due(&t, &tenant, &key, None).await?;
    assert!(claim_all(&t, &scope).await?.is_empty());
    assert_eq!(t.store.next_due(t.shard, &scope).await?, None);
    let item = t.get(&tenant, &key).await?.expect("the item stays");
    assert_eq!(item.due_at, None);
    Ok(())
}

pub async fn deleting_cancels(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let key = format!("{scope}/timer");
    put_due(&t, &tenant, &key, Some(t.a_moment_ago().await?)).await?;
    t.commit(&tenant, |b| {
        b.delete(key);
    })
    .await?;
    assert!(claim_all(&t, &scope).await?.is_empty());
    assert_eq!(t.store.next_due(t.shard, &scope).await?, None);
    Ok(())
}

pub async fn scopes_and_shards_are_claimed_apart(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let longer = format!("{scope}-x");
    let past = Some(t.a_moment_ago().await?);
    put_due(&t, &tenant, &format!("{scope}/timer"), past).await?;
    put_due(&t, &tenant, &format!("{longer}/timer"), past).await?;
    let neighbour = Shard(t.shard.0 + 1);
    assert!(
        t.store
            .claim_due(neighbour, &scope, 10, LONG)
            .await?
            .is_empty()
    );
    assert_eq!(t.store.next_due(neighbour, &scope).await?, None);
    let claimed = claim_all(&t, &scope).await?;
    assert_eq!(keys(&claimed), [format!("{scope}/timer")]);
    let claimed = claim_all(&t, &longer).await?;
    assert_eq!(keys(&claimed), [format!("{longer}/timer")]);
    Ok(())
}

pub async fn next_due_tells_the_earliest(t: Sandbox) -> Result<()> {
    let (tenants, scope) = ([t.tenant(), t.tenant()], unique("scope"));
    assert_eq!(t.store.next_due(t.shard, &scope).await?, None);
    let base = t.from_now(LONG).await?;
    let at = |more| Some(base + Duration::from_micros(more));
    let key = format!("{scope}/timer");
    put_due(&t, &tenants[0], &key, at(500)).await?;
    assert_eq!(t.store.next_due(t.shard, &scope).await?, at(500));
    put_due(&t, &tenants[1], &key, at(499)).await?;
    assert_eq!(t.store.next_due(t.shard, &scope).await?, at(499));
    put_due(&t, &tenants[1], &key, at(900)).await?;
    assert_eq!(t.store.next_due(t.shard, &scope).await?, at(500));
    Ok(())
}

pub async fn an_earlier_due_time_gives_a_hint(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let mut hints = t.store.hints();
    let hint = Hint::Due(t.shard, scope.clone());
    for (key, wait) in [("later", 2 * LONG), ("sooner", LONG)] {
        let due_at = t.from_now(wait).await?;
        put_due(&t, &tenant, &format!("{scope}/{key}"), Some(due_at)).await?;
        hinted(&mut hints, &hint).await;
    }
    Ok(())
}

pub async fn expired_items_are_not_claimed(t: Sandbox) -> Result<()> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let past = t.a_moment_ago().await?;
    let expired = Put {
        key: format!("{scope}/a-gone"),
        value: "x".into(),
        expires_at: Some(past),
        due_at: Some(past),
    };
    let there = format!("{scope}/b-there");
    t.commit(&tenant, |b| {
        b.put_item(expired);
    })
    .await?;
    put_due(&t, &tenant, &there, Some(past)).await?;
    // An expired entry may cost a claim its place, but never keep the next one from being reached.
    let claimed = eventually(PATIENCE, "the other item is claimed", async || {
        let claimed = t.store.claim_due(t.shard, &scope, 1, LONG).await.ok()?;
        (!claimed.is_empty()).then_some(claimed)
    })
    .await;
    assert_eq!(keys(&claimed), [there]);
    Ok(())
}
