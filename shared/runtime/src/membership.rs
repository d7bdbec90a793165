//! Who is there: every process shows itself in the store and reads who else does. From the same list, everybody draws
//! the same plan of who works on which shard or partition; leases and brokers guard the moments of disagreement.

use crate::{plan, service::Service};
use bytes::Bytes;
use contracts::description::Instance;
use ports::{
    Batch, Result, SHARDS, Shard, Store, Tenant, Timestamp,
    store::{Put, Query},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const INSTANCES: &str = "runtime/instance/";
pub const DESCRIPTIONS: &str = "runtime/description/";
/// Descriptions are put anew well before they expire, and vanish some time after the last process that had them.
const DESCRIPTION_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
const DESCRIPTION_RENEWED: Duration = Duration::from_secs(24 * 3600);

/// What of the work is this process's, as of its last look at who is there.
#[derive(Debug, Default)]
pub struct Duties {
    /// Live processes, as (service, instance).
    there: BTreeSet<(String, String)>,
    relayed: BTreeSet<u16>,
    services: BTreeMap<&'static str, OfService>,
}

#[derive(Debug)]
struct OfService {
    fired: BTreeSet<u16>,
    consumed: BTreeSet<u16>,
}

impl Duties {
    /// Is it this process that relays the shard's events?
    #[must_use]
    pub fn relays(&self, shard: Shard) -> bool {
        self.relayed.contains(&shard.0)
    }

    /// Is it this process that fires a service's due items in the shard?
    #[must_use]
    pub fn fires(&self, service: &str, shard: Shard) -> bool {
        let of = self.services.get(service);
        of.is_some_and(|of| of.fired.contains(&shard.0))
    }

    /// Is it this process that takes a service's events from the partition?
    #[must_use]
    pub fn consumes(&self, service: &str, partition: u16) -> bool {
        let of = self.services.get(service);
        of.is_some_and(|of| of.consumed.contains(&partition))
    }
}

pub struct Membership {
    store: Arc<dyn Store>,
    services: Vec<Service>,
    pub instance: String,
    heartbeat: Duration,
    duties: watch::Sender<Arc<Duties>>,
}

impl Membership {
    /// Shows this process and reads the others before it returns.
    pub async fn join(
        store: Arc<dyn Store>,
        services: &[Service],
        instance: &str,
        heartbeat: Duration,
    ) -> Result<Self> {
        let membership = Self {
            store,
            services: services.to_vec(),
            instance: instance.to_owned(),
            heartbeat,
            duties: watch::Sender::new(Arc::default()),
        };
        membership.describe().await?;
        membership.beat().await?;
        Ok(membership)
    }

    #[must_use]
    pub fn duties(&self) -> watch::Receiver<Arc<Duties>> {
        self.duties.subscribe()
    }

    /// Beats until stopped; then takes this process off the list.
    pub async fn run(&self, stop: CancellationToken) {
        let mut described = Timestamp::now();
        while stop
            .run_until_cancelled(tokio::time::sleep(self.heartbeat))
            .await
            .is_some()
        {
            if Timestamp::now().since(described) > DESCRIPTION_RENEWED
                && self.describe().await.is_ok()
            {
                described = Timestamp::now();
            }
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "a heartbeat failed");
            }
        }
        if let Err(error) = self.leave().await {
            tracing::warn!(%error, "others will notice by the missing heartbeat that this process has gone");
        }
    }

    async fn describe(&self) -> Result<()> {
        for service in &self.services {
            let description = service.description();
            let mut batch = Batch::new();
            batch.put_item(Put {
                key: format!("{DESCRIPTIONS}{}/{}", service.name, description.version),
                value: json(&description)?,
                expires_at: Some(Timestamp::now() + DESCRIPTION_KEPT),
                due_at: None,
            });
            self.store.commit(&Tenant::system(), batch).await?;
        }
        Ok(())
    }

    async fn beat(&self) -> Result<()> {
        let now = Timestamp::now();
        let mut batch = Batch::new();
        for service in &self.services {
            let instance = Instance {
                service: service.name.to_owned(),
                version: service.description().version,
                instance: self.instance.clone(),
                heartbeat: now.to_string(),
            };
            batch.put_item(Put {
                key: self.key(service),
                value: json(&instance)?,
                expires_at: Some(now + self.heartbeat * 3),
                due_at: None,
            });
        }
        self.store.commit(&Tenant::system(), batch).await?;
        let there = instances(&*self.store).await?.into_iter();
        let there = there.map(|one| (one.service, one.instance)).collect();
        let changed = self.duties.borrow().there != there;
        if changed {
            self.duties.send_replace(Arc::new(self.drawn(there)));
        }
        Ok(())
    }

    /// Relaying is shared among all processes, a service's work among those that run it.
    fn drawn(&self, there: BTreeSet<(String, String)>) -> Duties {
        let share = |runs: &dyn Fn(&str) -> bool, slots| {
            let members = there.iter().filter(|(service, _)| runs(service));
            let members = members.map(|(_, instance)| instance.as_str()).collect();
            plan::share(&members, &self.instance, slots)
        };
        let of_service = |service: &Service| {
            let runs = |name: &str| name == service.name;
            let partitions = service.consumer.as_ref().map_or(0, |one| one.partitions);
            let of = OfService {
                fired: share(&runs, SHARDS),
                consumed: share(&runs, partitions),
            };
            (service.name, of)
        };
        Duties {
            relayed: share(&|_| true, SHARDS),
            services: self.services.iter().map(of_service).collect(),
            there,
        }
    }

    async fn leave(&self) -> Result<()> {
        let mut batch = Batch::new();
        for service in &self.services {
            batch.delete(self.key(service));
        }
        self.store.commit(&Tenant::system(), batch).await.map(drop)
    }

    fn key(&self, service: &Service) -> String {
        format!("{INSTANCES}{}/{}", service.name, self.instance)
    }
}

/// Every live instance of every service.
pub async fn instances(store: &dyn Store) -> Result<Vec<Instance>> {
    list(store, INSTANCES).await
}

/// All items under a prefix of the system's partition; what cannot be read is left to a version that can.
pub async fn list<T: serde::de::DeserializeOwned>(
    store: &dyn Store,
    prefix: &str,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let query = Query {
            prefix: prefix.to_owned(),
            after,
            limit: ports::store::MAX_PAGE,
            ..Query::default()
        };
        let page = store.query(&Tenant::system(), query).await?;
        all.extend(
            page.items
                .iter()
                .filter_map(|(_, item)| serde_json::from_slice(&item.value).ok()),
        );
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<Bytes> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|e| ports::Error::internal("serialising a description").with_source(e))
}
