//! Token buckets.

use super::Sandbox;
use crate::{PATIENCE, eventually, unique};
use futures_util::future::join_all;
use ports::{Result, Tenant, store::Taken};
use std::{sync::Arc, time::Duration};

/// So slow that a bucket gains nothing while a case runs.
const NEVER: f64 = 0.000_1;

struct Bucket<'t> {
    t: &'t Sandbox,
    tenant: Tenant,
    name: String,
    per_second: f64,
    burst: u32,
}

impl<'t> Bucket<'t> {
    fn new(t: &'t Sandbox, per_second: f64, burst: u32) -> Self {
        Self {
            t,
            tenant: t.tenant(),
            name: unique("bucket"),
            per_second,
            burst,
        }
    }

    async fn take(&self, count: u32) -> Result<Taken> {
        let (tenant, name) = (&self.tenant, &self.name);
        let store = &self.t.store;
        store
            .take(tenant, name, count, self.per_second, self.burst)
            .await
    }
}

pub async fn a_new_bucket_is_full(t: Sandbox) -> Result<()> {
    let bucket = Bucket::new(&t, NEVER, 10);
    let taken = bucket.take(4).await?;
    assert_eq!((taken.granted, taken.remaining), (4, 6));
    assert_eq!(taken.retry_after, Duration::ZERO);
    let taken = bucket.take(6).await?;
    assert_eq!((taken.granted, taken.remaining), (6, 0));
    Ok(())
}

pub async fn grants_can_be_partial(t: Sandbox) -> Result<()> {
    let bucket = Bucket::new(&t, NEVER, 5);
    assert_eq!(bucket.take(3).await?.granted, 3);
    assert_eq!(bucket.take(4).await?.granted, 2);
    let taken = bucket.take(4).await?;
    assert_eq!((taken.granted, taken.remaining), (0, 0));
    // More than the bucket can ever hold gives what it holds.
    assert_eq!(Bucket::new(&t, NEVER, 5).take(u32::MAX).await?.granted, 5);
    Ok(())
}

pub async fn buckets_refill_up_to_the_burst(t: Sandbox) -> Result<()> {
    let bucket = Bucket::new(&t, 50.0, 5);
    let start = t.store.now().await?;
    assert_eq!(bucket.take(5).await?.granted, 5);
    let mut granted = 0;
    eventually(PATIENCE, "five more tokens", async || {
        granted += bucket.take(1).await.ok()?.granted;
        (granted >= 5).then_some(())
    })
    .await;
    let elapsed = t.store.now().await?.since(start);
    assert!(
        elapsed >= Duration::from_millis(99),
        "too fast: {elapsed:?}"
    );
    // Long enough for ten tokens: the bucket holds no more than five.
    t.reach(t.from_now(Duration::from_millis(200)).await?).await;
    assert_eq!(bucket.take(10).await?.granted, 5);
    Ok(())
}

pub async fn retry_after_tells_when_to_come(t: Sandbox) -> Result<()> {
    let bucket = Bucket::new(&t, 10.0, 1);
    bucket.take(1).await?;
    let taken = bucket.take(1).await?;
    assert_eq!(taken.granted, 0);
    assert!(taken.retry_after > Duration::ZERO);
    assert!(taken.retry_after <= Duration::from_millis(101));
    t.reach(t.from_now(taken.retry_after).await?).await;
    assert_eq!(bucket.take(1).await?.granted, 1);
    Ok(())
}

pub async fn buckets_are_apart(t: Sandbox) -> Result<()> {
    let first = Bucket::new(&t, NEVER, 2);
    first.take(2).await?;
    let same_name = Bucket {
        tenant: t.tenant(),
        name: first.name.clone(),
        ..first
    };
    assert_eq!(same_name.take(2).await?.granted, 2);
    let same_tenant = Bucket {
        tenant: same_name.tenant.clone(),
        name: unique("bucket"),
        ..same_name
    };
    assert_eq!(same_tenant.take(2).await?.granted, 2);
    Ok(())
}

pub async fn concurrent_takers_never_overdraw(t: Sandbox) -> Result<()> {
    let (store, tenant, name) = (Arc::clone(&t.store), t.tenant(), unique("bucket"));
    let takers = (0..64).map(|_| {
        let (store, tenant, name) = (Arc::clone(&store), tenant.clone(), name.clone());
        tokio::spawn(async move { store.take(&tenant, &name, 1, NEVER, 20).await })
    });
    let mut granted = 0;
    for taken in join_all(takers).await {
        granted += taken.expect("no panic")?.granted;
    }
    assert_eq!(granted, 20);
    Ok(())
}
