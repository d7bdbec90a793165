//! Claims: what they hide, and for how long.

use super::{
    Sandbox,
    due::{LONG, keys, put_due},
};
use crate::{PATIENCE, eventually, refused, unique};
use futures_util::future::join_all;
use ports::{Kind, Result, Tenant, store::Claimed};
use std::time::Duration;

const HOLD: Duration = Duration::from_millis(100);

/// A tenant with one item that is due, and the scope and key of it.
async fn one_due(t: &Sandbox) -> Result<(Tenant, String, String)> {
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let key = format!("{scope}/timer");
    put_due(t, &tenant, &key, Some(t.a_moment_ago().await?)).await?;
    Ok((tenant, scope, key))
}

async fn claim_again(t: &Sandbox, scope: &str, hold: Duration) -> Claimed {
    eventually(PATIENCE, "the item can be claimed again", async || {
        let claimed = t.store.claim_due(t.shard, scope, 1, hold).await.ok()?;
        claimed.into_iter().next()
    })
    .await
}

pub async fn claims_are_hidden_until_the_hold_ends(t: Sandbox) -> Result<()> {
    let (_, scope, key) = one_due(&t).await?;
    let before = t.store.now().await?;
    let first = t.store.claim_due(t.shard, &scope, 1, HOLD).await?;
    assert_eq!(keys(&first), [key]);
    let again = claim_again(&t, &scope, LONG).await;
    let after = t.store.now().await?;
    assert!(after >= before + HOLD, "claimed again while it was held");
    assert_eq!(again, first[0]);
    let third = t.store.claim_due(t.shard, &scope, 1, LONG).await?;
    assert!(third.is_empty());
    Ok(())
}

pub async fn next_due_counts_the_hold(t: Sandbox) -> Result<()> {
    let (_, scope, _) = one_due(&t).await?;
    let before = t.store.now().await?;
    t.store.claim_due(t.shard, &scope, 1, LONG).await?;
    let after = t.store.now().await?;
    let next = t.store.next_due(t.shard, &scope).await?;
    let next = next.expect("a claimed item is still to come");
    assert!(next >= before + LONG && next <= after + LONG);
    Ok(())
}

pub async fn claiming_changes_no_version(t: Sandbox) -> Result<()> {
    let (tenant, scope, key) = one_due(&t).await?;
    let item = t.get(&tenant, &key).await?.expect("was put");
    let claimed = t.store.claim_due(t.shard, &scope, 1, LONG).await?;
    assert_eq!(claimed[0].item, item);
    assert_eq!(t.get(&tenant, &key).await?.as_ref(), Some(&item));
    t.commit(&tenant, |b| {
        b.expect(key.clone(), Some(item.version)).delete(key);
    })
    .await?;
    assert_eq!(t.store.next_due(t.shard, &scope).await?, None);
    Ok(())
}

pub async fn of_two_claimers_one_commits(t: Sandbox) -> Result<()> {
    let (tenant, scope, key) = one_due(&t).await?;
    let first = t.store.claim_due(t.shard, &scope, 1, HOLD).await?;
    let second = claim_again(&t, &scope, LONG).await;
    let finish = async |claimed: &Claimed| {
        t.commit(&tenant, |b| {
            b.expect(key.clone(), Some(claimed.item.version))
                .delete(key.clone())
                .event(super::event("done"));
        })
        .await
    };
    finish(&second).await?;
    assert_eq!(refused(finish(&first[0]).await), Kind::Conflict);
    assert_eq!(t.log(&tenant, 0).await?.len(), 1);
    Ok(())
}

pub async fn claimers_never_share(t: Sandbox) -> Result<()> {
    const ITEMS: usize = 200;
    let (tenant, scope) = (t.tenant(), unique("scope"));
    let due_at = Some(t.a_moment_ago().await?);
    t.commit(&tenant, |b| {
        b.puts.extend((0..ITEMS).map(|n| ports::store::Put {
            key: format!("{scope}/{n:03}"),
            value: "x".into(),
            expires_at: None,
            due_at,
        }));
    })
    .await?;
    let claimers = (0..8).map(|_| {
        let (t, scope) = (t.clone(), scope.clone());
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = t.store.claim_due(t.shard, &scope, 7, LONG).await?;
                if claimed.is_empty() {
                    return Result::Ok(mine);
                }
                mine.extend(claimed.into_iter().map(|entry| entry.key));
            }
        })
    });
    let mut all = Vec::new();
    for claimed in join_all(claimers).await {
        all.extend(claimed.expect("no panic")?);
    }
    all.sort_unstable();
    let expected: Vec<_> = (0..ITEMS).map(|n| format!("{scope}/{n:03}")).collect();
    assert_eq!(all, expected);
    Ok(())
}
