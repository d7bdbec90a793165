use crate::RedisStore;
use async_trait::async_trait;
use ports::{
    Batch, Item, Recorded, Result, Shard, Store, Tenant, Timestamp,
    store::{Claimed, Committed, Hint, IndexPage, Lease, LogPage, Page, Query, Read, Taken},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::broadcast;

/// Reads are always strong: a shard's primary answers them all.
#[async_trait]
impl Store for RedisStore {
    async fn get(&self, tenant: &Tenant, key: &str, _: Read) -> Result<Option<Item>> {
        self.read_item(tenant, key).await
    }

    async fn batch_get(
        &self,
        tenant: &Tenant,
        keys: &[String],
        _: Read,
    ) -> Result<Vec<Option<Item>>> {
        self.read_items(tenant, keys).await
    }

    async fn query(&self, tenant: &Tenant, query: Query) -> Result<Page> {
        self.read_page(tenant, &query).await
    }

    async fn index(&self, tenant: &Tenant, query: Query) -> Result<IndexPage> {
        self.read_index(tenant, &query).await
    }

    async fn commit(&self, tenant: &Tenant, batch: Batch) -> Result<Committed> {
        self.commit_batch(tenant, &batch).await
    }

    async fn read_log(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<LogPage> {
        self.log_page(tenant, after, limit).await
    }

    async fn trim_log(&self, tenant: &Tenant, before: u64) -> Result<()> {
        self.drop_log(tenant, before).await
    }

    async fn read_outbox(&self, shard: Shard, after: u64, limit: usize) -> Result<Vec<Recorded>> {
        self.outbox_page(shard, after, limit).await
    }

    async fn cursors(&self, shard: Shard) -> Result<BTreeMap<String, u64>> {
        self.read_cursors(shard).await
    }

    async fn advance(
        &self,
        lease: &Lease,
        cursors: &BTreeMap<String, u64>,
        trim: u64,
    ) -> Result<()> {
        self.advance_to(lease, cursors, trim).await
    }

    async fn claim_due(
        &self,
        shard: Shard,
        scope: &str,
        limit: usize,
        hold: Duration,
    ) -> Result<Vec<Claimed>> {
        self.claim(shard, scope, limit, hold).await
    }

    async fn next_due(&self, shard: Shard, scope: &str) -> Result<Option<Timestamp>> {
        self.earliest_due(shard, scope).await
    }

    async fn take(
        &self,
        tenant: &Tenant,
        bucket: &str,
        count: u32,
        per_second: f64,
        burst: u32,
    ) -> Result<Taken> {
        self.take_tokens(tenant, bucket, count, per_second, burst)
            .await
    }

    async fn lease(
        &self,
        shard: Shard,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>> {
        self.take_lease(shard, name, holder, ttl).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.give_back(lease).await
    }

    async fn now(&self) -> Result<Timestamp> {
        self.time().await
    }

    fn hints(&self) -> broadcast::Receiver<Hint> {
        self.hints.subscribe()
    }

    async fn ping(&self) -> Result<()> {
        self.answer_ping().await
    }
}
