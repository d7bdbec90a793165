//! One request at a time works on an upload.

use ports::{Store, Tenant, store::Lease};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::sleep};
use web::{Problem, ProblemKind};

/// When a gateway dies with an upload in hand, another one can go on after this.
const HELD: Duration = Duration::from_secs(20);

/// Held for as long as it lives.
pub struct Lock {
    store: Arc<dyn Store>,
    lease: Lease,
    renewal: JoinHandle<()>,
}

impl Lock {
    pub async fn take(
        store: &Arc<dyn Store>,
        tenant: &Tenant,
        id: &str,
        holder: &str,
    ) -> Result<Self, Problem> {
        // Tenants share shards.
        let name = format!("resumable:{tenant}:{id}");
        let lease = store.lease(tenant.shard(), &name, holder, HELD).await?;
        let lease = lease.ok_or_else(locked)?;
        Ok(Self {
            store: store.clone(),
            lease: lease.clone(),
            renewal: tokio::spawn(renew(store.clone(), lease)),
        })
    }

    pub async fn release(self) {
        self.renewal.abort();
        if let Err(error) = self.store.release(&self.lease).await {
            tracing::debug!(%error, "the lock of an upload ends by itself");
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// A lease that is lost does no harm: every commit is on condition of the upload's version.
async fn renew(store: Arc<dyn Store>, lease: Lease) {
    loop {
        sleep(HELD / 3).await;
        let renewed = store.lease(lease.shard, &lease.name, &lease.holder, HELD);
        if let Err(error) = renewed.await {
            tracing::debug!(%error, "the lock of an upload was not renewed");
        }
    }
}

fn locked() -> Problem {
    let detail = "another request is working on the upload; try again shortly";
    Problem::new(ProblemKind::Locked, detail).retry_after(Duration::from_secs(1))
}
