//! Leases: a value like an item's, whose bytes are the holder and whose expiry is the end.

use crate::{RedisStore, check_name, fault, keys::Keys, packed};
use bytes::Bytes;
use ports::{Result, Shard, store::Lease};
use std::time::Duration;

impl RedisStore {
    pub(crate) async fn take_lease(
        &self,
        shard: Shard,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>> {
        check_name(name)?;
        check_name(holder)?;
        let keys = Keys::of(shard);
        let mut call = self.scripts.lease.call();
        call.key(keys.sequence())
            .key(keys.lease(name))
            .arg(holder)
            .arg(crate::micros(ttl));
        let stamp: Option<Bytes> = self
            .run(shard, &call)
            .await
            .map_err(|e| fault::writing(format!("leasing {name}"), e))?;
        let Some(stamp) = stamp else { return Ok(None) };
        Ok(Some(Lease {
            shard,
            name: name.to_owned(),
            holder: holder.to_owned(),
            version: packed::version(&stamp)?,
        }))
    }

    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<()> {
        let mut call = self.scripts.release.call();
        call.key(Keys::of(lease.shard).lease(&lease.name))
            .arg(packed::stamp(lease.version));
        self.run(lease.shard, &call)
            .await
            .map_err(|e| fault::writing(format!("releasing {}", lease.name), e))
    }
}
