use super::CASES;
use crate::{Fixture, PATIENCE, eventually, unique};
use bytes::Bytes;
use ports::{
    Batch, Event, Item, Recorded, Result, Shard, Store, Tenant, Timestamp,
    store::{Committed, Lease, MAX_PAGE, Order, Page, Query, Read},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What a case plays with: the store and a shard that no other case uses.
#[derive(Clone)]
pub struct Sandbox {
    pub store: Arc<dyn Store>,
    pub shard: Shard,
}

/// Runs one case.
pub async fn play(
    fixture: Fixture<dyn Store>,
    name: &str,
    case: impl AsyncFnOnce(Sandbox) -> Result<()>,
) -> Result<()> {
    let place = CASES.iter().position(|case| *case == name);
    let place = place.expect("the case is in the list");
    let sandbox = Sandbox {
        store: fixture.port(),
        shard: Shard(u16::try_from(place).expect("fewer cases than shards")),
    };
    case(sandbox).await
}

impl Sandbox {
    /// A fresh tenant on the case's shard.
    pub fn tenant(&self) -> Tenant {
        let name = unique("tenant");
        (0_u32..)
            .filter_map(|n| Tenant::parse(&format!("{name}-{n}")).ok())
            .find(|tenant| tenant.shard() == self.shard)
            .expect("some number hashes to the shard")
    }

    pub async fn get(&self, tenant: &Tenant, key: &str) -> Result<Option<Item>> {
        self.store.get(tenant, key, Read::Strong).await
    }

    pub async fn put(&self, tenant: &Tenant, key: &str, value: &str) -> Result<u64> {
        let value = Bytes::copy_from_slice(value.as_bytes());
        let put = batch(|b| {
            b.put(key, value);
        });
        Ok(self.store.commit(tenant, put).await?.version)
    }

    pub async fn commit(
        &self,
        tenant: &Tenant,
        fill: impl FnOnce(&mut Batch),
    ) -> Result<Committed> {
        self.store.commit(tenant, batch(fill)).await
    }

    pub async fn page(
        &self,
        tenant: &Tenant,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        order: Order,
    ) -> Result<Page> {
        let query = Query {
            prefix: prefix.to_owned(),
            after: after.map(str::to_owned),
            limit,
            order,
            read: Read::Strong,
        };
        self.store.query(tenant, query).await
    }

    /// The keys under a prefix, walking pages of `limit` from `after` to the end.
    pub async fn walk(
        &self,
        tenant: &Tenant,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        order: Order,
    ) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut after = after.map(str::to_owned);
        loop {
            let page = self
                .page(tenant, prefix, after.as_deref(), limit, order)
                .await?;
            assert!(page.items.len() <= limit, "a page over its limit");
            keys.extend(page.items.into_iter().map(|(key, _)| key));
            assert!(
                page.next.is_none() || page.next != after,
                "a walk that stands still at {after:?}"
            );
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(keys),
            }
        }
    }

    pub async fn keys(&self, tenant: &Tenant, prefix: &str) -> Result<Vec<String>> {
        self.walk(tenant, prefix, None, MAX_PAGE, Order::Ascending)
            .await
    }

    /// A moment on the store's clock.
    pub async fn from_now(&self, wait: Duration) -> Result<Timestamp> {
        Ok(self.store.now().await? + wait)
    }

    /// A moment that has just passed on the store's clock.
    pub async fn a_moment_ago(&self) -> Result<Timestamp> {
        let now = self.store.now().await?;
        Ok(Timestamp(now.as_micros() - 1_000))
    }

    /// Waits until the store's clock has reached the moment.
    pub async fn reach(&self, moment: Timestamp) {
        eventually(PATIENCE, "the clock reaches the moment", async || {
            let now = self.store.now().await.ok()?;
            (now >= moment).then_some(())
        })
        .await;
    }

    /// A lease of the case's shard that nobody else wants.
    pub async fn lease(&self) -> Result<Lease> {
        let lease = self
            .store
            .lease(self.shard, &unique("lease"), "holder", PATIENCE)
            .await?;
        Ok(lease.expect("a fresh lease is free"))
    }

    /// Empties the shard's outbox, which an earlier run on the same server may have filled.
    pub async fn drain(&self) -> Result<()> {
        let lease = self.lease().await?;
        let none = BTreeMap::new();
        while let Some(last) = self.outbox(0).await?.last() {
            self.store.advance(&lease, &none, last.sequence).await?;
        }
        self.store.release(&lease).await
    }

    pub async fn outbox(&self, after: u64) -> Result<Vec<Recorded>> {
        self.store.read_outbox(self.shard, after, MAX_PAGE).await
    }

    pub async fn log(&self, tenant: &Tenant, after: u64) -> Result<Vec<Recorded>> {
        Ok(self.store.read_log(tenant, after, MAX_PAGE).await?.events)
    }
}

/// Builds a batch in place.
pub fn batch(fill: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = Batch::new();
    fill(&mut batch);
    batch
}

/// An event about `subject` with an id of its own.
pub fn event(subject: &str) -> Event {
    Event {
        id: unique("evt"),
        event_type: "thing.happened.v1".to_owned(),
        source: "/conformance".to_owned(),
        subject: subject.to_owned(),
        time: Timestamp::from_millis(1_700_000_000_123),
        traceparent: None,
        data: Bytes::from_static(br#"{"n":1}"#),
        to: None,
    }
}
