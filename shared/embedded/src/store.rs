//! The `Store` adapter: reads on the caller's thread, writes through the writer.

mod buckets;
mod commit;
mod due;
mod events;
mod items;
mod read;

pub(crate) use items::sweep;
pub(crate) use read::bounds;

use crate::{ledger::check_shard, open::Core};
use async_trait::async_trait;
use buckets::Buckets;
use ports::{
    Batch, Error, Item, Kind, Recorded, Result, Shard, Store, Tenant, Timestamp,
    store::{
        Claimed, Committed, Hint, IndexPage, Lease, LogPage, MAX_PAGE, Page, Query, Read, Taken,
        split_key,
    },
};
use redb::{ReadTransaction, ReadableDatabase};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::broadcast;

pub struct EmbeddedStore {
    core: Arc<Core>,
    buckets: Buckets,
}

impl EmbeddedStore {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            buckets: Buckets::default(),
        }
    }

    /// The last commit, which every acknowledged write is part of.
    fn snapshot(&self) -> Result<ReadTransaction> {
        self.core
            .database
            .begin_read()
            .map_err(|e| Error::unavailable("the data file cannot be read").with_source(e))
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn get(&self, tenant: &Tenant, key: &str, _: Read) -> Result<Option<Item>> {
        split_key(key)?;
        Ok(read::get(
            &self.snapshot()?,
            tenant,
            key,
            self.core.clock.now(),
        )?)
    }

    async fn batch_get(
        &self,
        tenant: &Tenant,
        keys: &[String],
        _: Read,
    ) -> Result<Vec<Option<Item>>> {
        if keys.len() > MAX_PAGE {
            return Err(Error::new(
                Kind::TooLarge,
                format!("{} keys; the limit is {MAX_PAGE}", keys.len()),
            ));
        }
        for key in keys {
            split_key(key)?;
        }
        Ok(read::batch_get(
            &self.snapshot()?,
            tenant,
            keys,
            self.core.clock.now(),
        )?)
    }

    async fn query(&self, tenant: &Tenant, query: Query) -> Result<Page> {
        read::check_query(&query)?;
        Ok(read::query(
            &self.snapshot()?,
            tenant,
            &query,
            self.core.clock.now(),
        )?)
    }

    async fn index(&self, tenant: &Tenant, query: Query) -> Result<IndexPage> {
        read::check_query(&query)?;
        self.core.index.caught_up().await?;
        Ok(self.core.index.page(tenant, &query)?)
    }

    async fn commit(&self, tenant: &Tenant, batch: Batch) -> Result<Committed> {
        batch.check()?;
        events::check(&batch.events)?;
        let tenant = tenant.clone();
        self.core
            .writer
            .run(move |session| commit::commit(session, &tenant, &batch))
            .await
    }

    async fn read_log(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<LogPage> {
        check_limit(limit)?;
        Ok(events::read_log(
            &self.snapshot()?,
            tenant,
            after,
            limit,
            self.core.clock.now(),
        )?)
    }

    async fn trim_log(&self, tenant: &Tenant, before: u64) -> Result<()> {
        // In pieces, so that other commits need not wait for a long trim.
        loop {
            let tenant = tenant.clone();
            let more = self
                .core
                .writer
                .run(move |session| events::trim_log(session, &tenant, before))
                .await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn read_outbox(&self, shard: Shard, after: u64, limit: usize) -> Result<Vec<Recorded>> {
        check_limit(limit)?;
        check_shard(shard)?;
        Ok(events::read_outbox(
            &self.snapshot()?,
            shard,
            after,
            limit,
            self.core.clock.now(),
        )?)
    }

    async fn cursors(&self, shard: Shard) -> Result<BTreeMap<String, u64>> {
        check_shard(shard)?;
        Ok(events::cursors(&self.snapshot()?, shard)?)
    }

    async fn advance(
        &self,
        lease: &Lease,
        cursors: &BTreeMap<String, u64>,
        trim: u64,
    ) -> Result<()> {
        check_shard(lease.shard)?;
        let (lease, cursors) = (lease.clone(), cursors.clone());
        self.core
            .writer
            .run(move |session| events::advance(session, &lease, &cursors, trim))
            .await
    }

    async fn claim_due(
        &self,
        shard: Shard,
        scope: &str,
        limit: usize,
        hold: Duration,
    ) -> Result<Vec<Claimed>> {
        check_limit(limit)?;
        check_shard(shard)?;
        // Most polls find nothing, and then need no transaction.
        let next = due::next(&self.snapshot()?, shard, scope, Timestamp(0))?;
        if next.is_none_or(|at| at > self.core.clock.now()) {
            return Ok(Vec::new());
        }
        let scope = scope.to_owned();
        self.core
            .writer
            .run(move |session| due::claim(session, shard, &scope, limit, hold))
            .await
    }

    async fn next_due(&self, shard: Shard, scope: &str) -> Result<Option<Timestamp>> {
        check_shard(shard)?;
        Ok(due::next(
            &self.snapshot()?,
            shard,
            scope,
            self.core.clock.now(),
        )?)
    }

    async fn take(
        &self,
        tenant: &Tenant,
        bucket: &str,
        count: u32,
        per_second: f64,
        burst: u32,
    ) -> Result<Taken> {
        let rate = buckets::Rate::new(per_second, burst)?;
        Ok(self
            .buckets
            .take(tenant, bucket, count, rate, self.core.clock.now()))
    }

    async fn lease(
        &self,
        shard: Shard,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>> {
        check_shard(shard)?;
        let (name, holder) = (name.to_owned(), holder.to_owned());
        // By way of the writer: a new holder sees every commit that was made under the lease before.
        self.core
            .writer
            .run(move |session| {
                let now = session.now;
                Ok(session.ledger.leases.take(shard, name, holder, ttl, now))
            })
            .await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.core
            .writer
            .run(move |session| {
                session.ledger.leases.release(&lease);
                Ok(())
            })
            .await
    }

    async fn now(&self) -> Result<Timestamp> {
        Ok(self.core.clock.now())
    }

    fn hints(&self) -> broadcast::Receiver<Hint> {
        self.core.hints.subscribe()
    }

    /// Is the file readable, and does the writer still run?
    async fn ping(&self) -> Result<()> {
        self.snapshot()?;
        self.core.writer.run(|_| Ok(())).await
    }
}

fn check_limit(limit: usize) -> Result<()> {
    if (1..=MAX_PAGE).contains(&limit) {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "a limit of {limit}; it must be 1 to {MAX_PAGE}"
        )))
    }
}
