//! The subscriptions of each tenant, remembered between events. One read of the tenant's revision tells whether they
//! have changed, so that a change is in force at the next event.

use crate::domain::{keys, subscription::Subscription};
use ports::{Item, Result, Tenant, store};
use runtime::Reads;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// Tenants whose subscriptions are remembered; past it all are read anew.
const MAX_TENANTS: usize = 1_000;

/// All subscriptions of a tenant at one revision, by id.
#[derive(Debug, Default)]
pub struct Snapshot {
    revision: u64,
    pub subscriptions: BTreeMap<String, Subscription>,
}

/// Locked while it is read, so that a change is read once and not by everyone who notices it.
type Shelf = Arc<tokio::sync::Mutex<Arc<Snapshot>>>;

#[derive(Default)]
pub struct Directory {
    tenants: Mutex<HashMap<Tenant, Shelf>>,
}

impl Directory {
    /// As of this moment.
    pub async fn current(&self, store: &Reads, tenant: &Tenant) -> Result<Arc<Snapshot>> {
        let revision = store.get(tenant, keys::REVISION).await?;
        self.at(store, tenant, revision.as_ref()).await
    }

    /// As of when the item at [`keys::REVISION`] was read, or later.
    pub async fn at(
        &self,
        store: &Reads,
        tenant: &Tenant,
        revision: Option<&Item>,
    ) -> Result<Arc<Snapshot>> {
        let revision = revision.map_or(0, |item| item.version);
        let shelf = self.shelf(tenant);
        let mut snapshot = shelf.lock().await;
        if snapshot.revision < revision {
            *snapshot = Arc::new(Snapshot {
                revision,
                subscriptions: read_all(store, tenant).await?,
            });
        }
        Ok(snapshot.clone())
    }

    fn shelf(&self, tenant: &Tenant) -> Shelf {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= MAX_TENANTS && !tenants.contains_key(tenant) {
            tenants.clear();
        }
        tenants.entry(tenant.clone()).or_default().clone()
    }
}

async fn read_all(store: &Reads, tenant: &Tenant) -> Result<BTreeMap<String, Subscription>> {
    let mut all = BTreeMap::new();
    let mut after = None;
    loop {
        let query = store::Query {
            prefix: keys::SUBSCRIPTIONS.to_owned(),
            after,
            limit: store::MAX_PAGE,
            ..store::Query::default()
        };
        let page = store.query(tenant, query).await?;
        for (key, item) in page.items {
            match serde_json::from_slice::<Subscription>(&item.value) {
                Ok(subscription) => {
                    all.insert(subscription.id.clone(), subscription);
                }
                // One that a newer version wrote in a form of its own must not stop all the others.
                Err(error) => {
                    tracing::error!(%tenant, key, %error, "a subscription cannot be read");
                }
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
