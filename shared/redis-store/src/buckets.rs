//! Token buckets.

use crate::{RedisStore, check_name, fault, keys::Keys};
use ports::{Error, Result, Tenant, store::Taken};
use std::time::Duration;

impl RedisStore {
    pub(crate) async fn take_tokens(
        &self,
        tenant: &Tenant,
        bucket: &str,
        count: u32,
        per_second: f64,
        burst: u32,
    ) -> Result<Taken> {
        check_name(bucket)?;
        if !(per_second.is_finite() && per_second > 0.0 && burst > 0) {
            return Err(Error::invalid(format!(
                "the bucket {bucket} can hold {burst} tokens and gains {per_second} a second; both must be positive"
            )));
        }
        let mut call = self.scripts.take.call();
        call.key(Keys::of(tenant.shard()).bucket(tenant, bucket))
            .arg(count)
            .arg(per_second)
            .arg(burst);
        let (granted, remaining, wait): (u32, u32, u64) = self
            .run(tenant.shard(), &call)
            .await
            .map_err(|e| fault::writing(format!("taking from {bucket} of {tenant}"), e))?;
        Ok(Taken {
            granted,
            remaining,
            retry_after: Duration::from_micros(wait),
        })
    }
}
