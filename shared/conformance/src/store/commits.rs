//! Conditions, atomicity and versions.

use super::{Sandbox, batch};
use crate::{refused, unique};
use futures_util::future::join_all;
use ports::{
    Kind, Result, Tenant,
    store::{Put, Read},
};
use std::time::Duration;

pub async fn a_failing_condition_writes_nothing(t: Sandbox) -> Result<()> {
    t.drain().await?;
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let version = t.put(&tenant, "things/kept", "kept").await?;
    let due_at = Some(t.a_moment_ago().await?);
    let attempt = batch(|b| {
        // The condition that holds and the write before it must not help the one that fails.
        b.expect("things/kept", Some(version))
            .expect("things/kept", None)
            .put("things/new", "x")
            .delete("things/kept")
            .event(super::event("one"))
            .put_item(Put {
                key: format!("{scope}/timer"),
                value: "x".into(),
                expires_at: None,
                due_at,
            });
    });
    let outcome = t.store.commit(&tenant, attempt).await;
    assert_eq!(refused(outcome), Kind::Conflict);
    assert_eq!(t.get(&tenant, "things/new").await?, None);
    let kept = t.get(&tenant, "things/kept").await?.expect("not deleted");
    assert_eq!(kept.version, version);
    assert!(t.log(&tenant, 0).await?.is_empty());
    assert!(t.outbox(0).await?.is_empty());
    assert_eq!(t.store.next_due(t.shard, &scope).await?, None);
    let hold = Duration::from_secs(60);
    assert!(
        t.store
            .claim_due(t.shard, &scope, 10, hold)
            .await?
            .is_empty()
    );
    Ok(())
}

pub async fn absent_and_version_conditions_guard(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let attempt = async |version: Option<u64>, value: &'static str| {
        t.commit(&tenant, |b| {
            b.expect("things/one", version).put("things/one", value);
        })
        .await
    };
    assert_eq!(refused(attempt(Some(1), "too early").await), Kind::Conflict);
    let first = attempt(None, "first").await?.version;
    assert_eq!(refused(attempt(None, "again").await), Kind::Conflict);
    let second = attempt(Some(first), "second").await?.version;
    for stale in [first, 0, second + 1, u64::MAX] {
        assert_eq!(refused(attempt(Some(stale), "stale").await), Kind::Conflict);
    }
    let item = t.get(&tenant, "things/one").await?.expect("was put");
    assert_eq!((&item.value[..], item.version), (&b"second"[..], second));
    Ok(())
}

pub async fn conditions_guard_keys_that_are_not_written(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let version = t.put(&tenant, "others/guard", "1").await?;
    let guarded = |version| {
        batch(|b| {
            b.expect("others/guard", Some(version))
                .expect("others/none", None)
                .put("things/one", "x");
        })
    };
    t.store.commit(&tenant, guarded(version)).await?;
    t.put(&tenant, "others/guard", "2").await?;
    let stale = t.store.commit(&tenant, guarded(version)).await;
    assert_eq!(refused(stale), Kind::Conflict);
    // Conditions alone are a commit too.
    let only = batch(|b| {
        b.expect("others/guard", None);
    });
    assert_eq!(refused(t.store.commit(&tenant, only).await), Kind::Conflict);
    Ok(())
}

pub async fn version_conditions_guard_against_aba(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let first = t.put(&tenant, "things/one", "same").await?;
    t.commit(&tenant, |b| {
        b.delete("things/one");
    })
    .await?;
    let second = t.put(&tenant, "things/one", "same").await?;
    assert!(second > first, "{second} reuses or precedes {first}");
    let stale = t
        .commit(&tenant, |b| {
            b.expect("things/one", Some(first)).delete("things/one");
        })
        .await;
    assert_eq!(refused(stale), Kind::Conflict);
    assert!(t.get(&tenant, "things/one").await?.is_some());
    Ok(())
}

pub async fn versions_grow_across_the_shard(t: Sandbox) -> Result<()> {
    let tenants = [t.tenant(), t.tenant()];
    let mut last = 0;
    for round in 0..10 {
        let tenant = &tenants[round % 2];
        let version = t.put(tenant, &format!("things/{round}"), "x").await?;
        assert!(version > last, "{version} after {last}");
        last = version;
    }
    Ok(())
}

pub async fn deleting_what_is_missing_is_fine(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    t.commit(&tenant, |b| {
        b.delete("things/none").put("things/one", "x");
    })
    .await?;
    assert!(t.get(&tenant, "things/one").await?.is_some());
    Ok(())
}

/// Adds one to a counter, reading and trying again until nobody was faster.
async fn increment(t: &Sandbox, tenant: &Tenant) -> Result<()> {
    loop {
        let item = t.store.get(tenant, "things/counter", Read::Strong).await?;
        let count = item.as_ref().map_or(0, |item| {
            let text = std::str::from_utf8(&item.value).expect("digits");
            text.parse::<u32>().expect("a number")
        });
        let outcome = t
            .commit(tenant, |b| {
                b.expect("things/counter", item.map(|item| item.version))
                    .put("things/counter", (count + 1).to_string());
            })
            .await;
        match outcome {
            Err(error) if error.kind() == Kind::Conflict => {}
            outcome => return outcome.map(drop),
        }
    }
}

pub async fn concurrent_increments_lose_nothing(t: Sandbox) -> Result<()> {
    const TASKS: usize = 16;
    const ROUNDS: usize = 4;
    let tenant = t.tenant();
    let tasks = (0..TASKS).map(|_| {
        let (t, tenant) = (t.clone(), tenant.clone());
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                increment(&t, &tenant).await?;
            }
            Ok(())
        })
    });
    for outcome in join_all(tasks).await {
        outcome.expect("no panic")?;
    }
    let item = t.get(&tenant, "things/counter").await?.expect("counted");
    assert_eq!(item.value, (TASKS * ROUNDS).to_string());
    Ok(())
}

pub async fn concurrent_creations_have_one_winner(t: Sandbox) -> Result<()> {
    let tenant = t.tenant();
    let tasks = (0..64).map(|n| {
        let (t, tenant) = (t.clone(), tenant.clone());
        tokio::spawn(async move {
            t.commit(&tenant, |b| {
                b.expect("things/one", None)
                    .put("things/one", n.to_string())
                    .put(format!("winners/{n}"), "x");
            })
            .await
        })
    });
    let outcomes = join_all(tasks).await;
    let won = |outcome: &Result<_>| match outcome {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), Kind::Conflict, "{error}");
            false
        }
    };
    let winners = outcomes
        .iter()
        .filter(|outcome| won(outcome.as_ref().expect("no panic")));
    assert_eq!(winners.count(), 1);
    let item = t.get(&tenant, "things/one").await?.expect("was created");
    let winner = String::from_utf8_lossy(&item.value);
    assert_eq!(
        t.keys(&tenant, "winners/").await?,
        [format!("winners/{winner}")]
    );
    Ok(())
}
