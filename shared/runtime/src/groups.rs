//! The consumer groups: each service puts its own into the store before it does anything else, the relay reads them.

use crate::{membership::list, service::Service};
use contracts::description::ConsumerGroup;
use ports::{Batch, Bus, Error, Result, Store, Tenant};
use std::{sync::Arc, time::Instant};
use tokio::sync::Mutex;

const GROUPS: &str = "runtime/group/";

/// Makes the group's queues and makes it known. Whatever is caused by the service comes after that, so a relay that
/// looks for groups after it has read an event finds every group that the event may concern.
pub async fn register(bus: &dyn Bus, store: &dyn Store, service: &Service) -> Result<()> {
    let Some(group) = service.group() else {
        return Ok(());
    };
    bus.declare_group(&group.group, group.partitions).await?;
    let value = serde_json::to_vec(&group)
        .map_err(|e| Error::internal("serialising a consumer group").with_source(e))?;
    let mut batch = Batch::new();
    batch.put(format!("{GROUPS}{}", group.group), value);
    store.commit(&Tenant::system(), batch).await.map(drop)
}

/// Every consumer group that has ever shown itself.
pub async fn groups(store: &dyn Store) -> Result<Vec<ConsumerGroup>> {
    list(store, GROUPS).await
}

/// The groups as the relays of one process see them.
pub struct Groups {
    store: Arc<dyn Store>,
    latest: Mutex<Option<(Instant, Arc<Vec<ConsumerGroup>>)>>,
}

impl Groups {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            latest: Mutex::default(),
        }
    }

    /// As of this call, or later. Callers that wait for the same reading share it.
    pub async fn now(&self) -> Result<Arc<Vec<ConsumerGroup>>> {
        let asked = Instant::now();
        let mut latest = self.latest.lock().await;
        if let Some((read, groups)) = &*latest
            && *read >= asked
        {
            return Ok(groups.clone());
        }
        let reading = Instant::now();
        let groups = Arc::new(groups(&*self.store).await?);
        *latest = Some((reading, groups.clone()));
        Ok(groups)
    }
}
