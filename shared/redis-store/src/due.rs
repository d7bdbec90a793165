//! Items whose time has come.

use crate::{PAGE_BYTES, RedisStore, check_limit, fault, keys::Keys, packed};
use bytes::Bytes;
use ports::{Result, Shard, Tenant, Timestamp, store::Claimed};
use std::time::Duration;

impl RedisStore {
    pub(crate) async fn claim(
        &self,
        shard: Shard,
        scope: &str,
        limit: usize,
        hold: Duration,
    ) -> Result<Vec<Claimed>> {
        check_limit(limit)?;
        let keys = Keys::of(shard);
        let mut call = self.scripts.claim_due.call();
        call.key(keys.due(scope))
            .key(keys.scope(scope))
            .arg(limit)
            .arg(crate::micros(hold))
            .arg(PAGE_BYTES);
        let reply: Vec<Bytes> = self.run(shard, &call).await.map_err(|e| {
            fault::writing(format!("claiming from {scope} in shard {}", shard.0), e)
        })?;
        reply
            .chunks_exact(3)
            .map(|entry| claimed(scope, &entry[0], &entry[1], &entry[2]))
            .collect()
    }

    pub(crate) async fn earliest_due(
        &self,
        shard: Shard,
        scope: &str,
    ) -> Result<Option<Timestamp>> {
        let keys = Keys::of(shard);
        let mut call = self.scripts.next_due.call();
        call.key(keys.due(scope)).key(keys.scope(scope));
        let score: Option<f64> = self
            .run(shard, &call)
            .await
            .map_err(|e| fault::reading(format!("looking for what is due in {scope}"), e))?;
        // Scores are whole and not negative.
        Ok(score.map(|score| Timestamp(score as u64)))
    }
}

fn claimed(scope: &str, tenant: &[u8], rest: &[u8], stored: &Bytes) -> Result<Claimed> {
    let text = |bytes| {
        std::str::from_utf8(bytes)
            .map_err(|e| fault::broken(format!("a due entry of {scope}")).with_source(e))
    };
    Ok(Claimed {
        tenant: Tenant::parse(text(tenant)?)?,
        key: format!("{scope}/{}", text(rest)?),
        item: packed::decode(stored)?,
    })
}
