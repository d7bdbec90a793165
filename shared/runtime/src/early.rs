//! What cannot wait for the end of an invocation: claims on work that many ask for and one does, and notes of what must
//! be known even if the invocation never ends.
//!
//! Routes and handlers return what they want done. These are the exceptions, for when that is too late: a commit made
//! here is made again when the invocation runs again, so it has to be conditional.

use crate::{invocation::Invocation, trace};
use futures_util::future::{Either, select};
use ports::{
    Batch, Result, Store, Tenant, TypeId,
    store::{Condition, Lease},
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The right to do a piece of work alone, among all instances of all services. It ends by itself when nobody renews it,
/// so that another can take over from one that died.
pub struct Claim {
    store: Arc<dyn Store>,
    tenant: Tenant,
    lease: Lease,
    ttl: Duration,
}

impl Invocation {
    /// `None` while another holds the claim of this name in this tenant.
    pub async fn claim(&self, name: &str, ttl: Duration) -> Result<Option<Claim>> {
        let store = self.store.whole();
        let name = format!("{}:{}:{name}", self.service, self.tenant);
        let holder = TypeId::new("claim").to_string();
        let lease = store
            .lease(self.tenant.shard(), &name, &holder, ttl)
            .await?;
        Ok(lease.map(|lease| Claim {
            store,
            tenant: self.tenant.clone(),
            lease,
            ttl,
        }))
    }

    /// Commits now, and gives the version of what was put.
    pub async fn note(&self, batch: Batch) -> Result<u64> {
        let committed = trace::commit(&*self.store.whole(), &self.tenant, batch).await?;
        Ok(committed.version)
    }
}

impl Claim {
    /// Keeps the claim while the work goes on.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        renewing(self.ttl / 3, || self.renew(), work).await
    }

    /// One that fails shows when the work is committed.
    async fn renew(&self) {
        let Lease {
            shard,
            name,
            holder,
            ..
        } = &self.lease;
        if let Err(error) = self.store.lease(*shard, name, holder, self.ttl).await {
            tracing::debug!(%error, name, "a claim could not be renewed");
        }
    }

    /// Commits what came of the work, if the claim is still ours.
    pub async fn commit(&self, mut batch: Batch) -> Result<()> {
        batch.conditions.push(Condition::Held(self.lease.clone()));
        trace::commit(&*self.store, &self.tenant, batch).await?;
        Ok(())
    }

    /// Lets the next one in at once.
    pub async fn release(self) {
        if let Err(error) = self.store.release(&self.lease).await {
            tracing::debug!(%error, "a claim ends by itself");
        }
    }
}

/// Does the work, which goes on while it renews its claim `every` so often.
async fn renewing<T, R: Future<Output = ()>>(
    every: Duration,
    renew: impl Fn() -> R,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    loop {
        if let Ok(done) = timeout(every, &mut work).await {
            return done;
        }
        // A renewal is never left halfway: if it came after the claim's release, it would claim anew.
        match select(&mut work, pin!(renew())).await {
            Either::Left((done, renewal)) => {
                renewal.await;
                return done;
            }
            Either::Right(((), _)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Notify;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn work_goes_on_while_its_claim_is_renewed() {
        let (renewal, progress) = (Notify::new(), Notify::new());
        let renew = || async {
            renewal.notify_one();
            progress.notified().await;
        };
        let work = async {
            for _ in 0..3 {
                renewal.notified().await;
                progress.notify_one();
            }
            "done"
        };
        let renewing = renewing(Duration::from_millis(1), renew, work);
        assert_eq!(timeout(PATIENCE, renewing).await, Ok("done"));
    }
}
