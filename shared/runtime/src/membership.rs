//! Who is there: every process shows itself in the store and reads who else does. From the same list, everybody draws
//! the same plan of who works on which shard or partition; leases and brokers guard the moments of disagreement.

use crate::service::Service;
use bytes::Bytes;
use contracts::description::Instance;
use ports::{
    Batch, Result, Store, Tenant, Timestamp,
    store::{Put, Query},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const INSTANCES: &str = "runtime/instance/";
pub const DESCRIPTIONS: &str = "runtime/description/";
/// Descriptions are put anew well before they expire, and vanish some time after the last process that had them.
const DESCRIPTION_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
const DESCRIPTION_RENEWED: Duration = Duration::from_secs(24 * 3600);

/// What one look at the store showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Live processes, as (service, instance).
    members: BTreeSet<(String, String)>,
}

impl View {
    /// Does `instance` own `slot` among the live instances of `service`?
    #[must_use]
    pub fn owns_of_service(&self, service: &str, instance: &str, slot: u16) -> bool {
        let members = self
            .members
            .iter()
            .filter(|(name, _)| name == service)
            .map(|(_, member)| member.as_str());
        owner(members, slot) == Some(instance)
    }

    /// Does `instance` own `slot` among all live processes, whatever they run?
    #[must_use]
    pub fn owns(&self, instance: &str, slot: u16) -> bool {
        let members: BTreeSet<_> = self
            .members
            .iter()
            .map(|(_, member)| member.as_str())
            .collect();
        owner(members.into_iter(), slot) == Some(instance)
    }
}

/// Rendezvous hashing: when a member comes or goes, only its own slots move.
fn owner<'a>(members: impl Iterator<Item = &'a str>, slot: u16) -> Option<&'a str> {
    members.max_by_key(|member| {
        mix(ports::stable_hash(member) ^ u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    })
}

/// The finaliser of `SplitMix64`: FNV alone mixes its high bits too little to compare by them.
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

pub struct Membership {
    store: Arc<dyn Store>,
    services: Vec<Service>,
    pub instance: String,
    heartbeat: Duration,
    view: watch::Sender<Arc<View>>,
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
            view: watch::Sender::new(Arc::default()),
        };
        membership.describe().await?;
        membership.beat().await?;
        Ok(membership)
    }

    #[must_use]
    pub fn view(&self) -> watch::Receiver<Arc<View>> {
        self.view.subscribe()
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
        let view = Arc::new(View {
            members: instances(&*self.store)
                .await?
                .into_iter()
                .map(|i| (i.service, i.instance))
                .collect(),
        });
        self.view.send_if_modified(|known| {
            let changed = *known != view;
            *known = view;
            changed
        });
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn slots_spread_evenly_and_move_only_from_who_left() {
        let three = ["node_a", "node_b", "node_c"];
        let share = |name| {
            (0..256)
                .filter(|slot| owner(three.into_iter(), *slot) == Some(name))
                .count()
        };
        for name in three {
            assert!(
                (50..=120).contains(&share(name)),
                "{name} has {} of 256",
                share(name)
            );
        }
        for slot in 0..256 {
            let before = owner(three.into_iter(), slot);
            let after = owner(["node_a", "node_c"].into_iter(), slot);
            assert!(before == Some("node_b") || before == after);
        }
        assert_eq!(owner(std::iter::empty(), 1), None);
    }
}
