//! The tenants' logs and the shards' outboxes.

use crate::{
    PAGE_BYTES, RedisStore, check_limit,
    envelope::{self, Entry},
    fault,
    keys::Keys,
    packed,
};
use bytes::Bytes;
use ports::{
    Error, Kind, Recorded, Result, Shard, Tenant,
    store::{Lease, LogPage},
};
use std::collections::BTreeMap;

/// A stream's entry as Redis gives it: its id, and field and value in turn.
type Raw = (String, Vec<Bytes>);

impl RedisStore {
    pub(crate) async fn log_page(
        &self,
        tenant: &Tenant,
        after: u64,
        limit: usize,
    ) -> Result<LogPage> {
        check_limit(limit)?;
        let log = Keys::of(tenant.shard()).log(tenant);
        let (entries, oldest): (Vec<Raw>, Vec<Raw>) = redis::pipe()
            .cmd("XRANGE")
            .arg(&log)
            .arg(format!("({after}-0"))
            .arg("+")
            .arg("COUNT")
            .arg(limit)
            .cmd("XRANGE")
            .arg(&log)
            .arg("-")
            .arg("+")
            .arg("COUNT")
            .arg(1)
            .query_async(&mut self.route(tenant.shard()))
            .await
            .map_err(|e| fault::reading(format!("reading the log of {tenant}"), e))?;
        Ok(LogPage {
            events: self.with_data(tenant.shard(), &entries).await?,
            oldest: decode(&oldest)?
                .first()
                .map(|entry| entry.recorded.sequence),
        })
    }

    pub(crate) async fn outbox_page(
        &self,
        shard: Shard,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>> {
        check_limit(limit)?;
        let keys = Keys::of(shard);
        let mut call = self.scripts.read_outbox.call();
        call.key(keys.outbox())
            .key(keys.armed())
            .arg(format!("{after}-0"))
            .arg(limit);
        let entries: Vec<Raw> = self
            .run(shard, &call)
            .await
            .map_err(|e| fault::reading(format!("reading the outbox of shard {}", shard.0), e))?;
        self.with_data(shard, &entries).await
    }

    /// Joins entries with their data; as many as fit a page, at least one.
    async fn with_data(&self, shard: Shard, entries: &[Raw]) -> Result<Vec<Recorded>> {
        let mut recorded = first_page(decode(entries)?);
        let keys = recorded
            .iter()
            .map(|entry| {
                Keys::of(entry.tenant.shard()).item(&entry.tenant, &envelope::data_key(entry)?)
            })
            .collect::<Result<Vec<_>>>()?;
        for (entry, item) in recorded.iter_mut().zip(self.fetch(shard, &keys).await?) {
            entry.erased = item.is_none();
            entry.event.data = item.map(|item| item.value).unwrap_or_default();
        }
        Ok(recorded)
    }

    pub(crate) async fn drop_log(&self, tenant: &Tenant, before: u64) -> Result<()> {
        let keys = Keys::of(tenant.shard());
        let mut call = self.scripts.trim_log.call();
        call.key(keys.log(tenant)).key(keys.outbox()).arg(before);
        self.run(tenant.shard(), &call)
            .await
            .map_err(|e| fault::writing(format!("trimming the log of {tenant}"), e))
    }

    pub(crate) async fn read_cursors(&self, shard: Shard) -> Result<BTreeMap<String, u64>> {
        redis::cmd("HGETALL")
            .arg(Keys::of(shard).cursors())
            .query_async(&mut self.route(shard))
            .await
            .map_err(|e| fault::reading(format!("reading the cursors of shard {}", shard.0), e))
    }

    pub(crate) async fn advance_to(
        &self,
        lease: &Lease,
        cursors: &BTreeMap<String, u64>,
        trim: u64,
    ) -> Result<()> {
        let keys = Keys::of(lease.shard);
        let mut call = self.scripts.advance.call();
        call.key(keys.lease(&lease.name))
            .key(keys.cursors())
            .key(keys.outbox())
            .arg(packed::stamp(lease.version))
            .arg(format!("{}-0", trim.saturating_add(1)));
        for (group, cursor) in cursors {
            call.arg(group).arg(cursor);
        }
        let held: bool = self.run(lease.shard, &call).await.map_err(|e| {
            fault::writing(
                format!("advancing the outbox of shard {}", lease.shard.0),
                e,
            )
        })?;
        if held {
            Ok(())
        } else {
            let message = format!("the lease {} is lost", lease.name);
            Err(Error::new(Kind::Conflict, message))
        }
    }
}

fn decode(entries: &[Raw]) -> Result<Vec<Entry>> {
    entries
        .iter()
        .map(|(id, fields)| match fields.as_slice() {
            [_, json] => envelope::decode(id, json),
            _ => Err(fault::broken(format!("log entry {id:?}"))),
        })
        .collect()
}

/// The entries whose data is not too much for one page.
fn first_page(entries: Vec<Entry>) -> Vec<Recorded> {
    let mut bytes = 0_usize;
    entries
        .into_iter()
        .take_while(|entry| {
            let fits = bytes == 0 || bytes + entry.size <= PAGE_BYTES;
            bytes = bytes.saturating_add(entry.size.max(1));
            fits
        })
        .map(|entry| entry.recorded)
        .collect()
}
