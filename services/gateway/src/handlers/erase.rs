use crate::Accounts;
use async_trait::async_trait;
use ports::{
    Batch, Item, Result, Tenant,
    store::{EVENTS_SCOPE, MAX_PAGE, Put, Query},
};
use runtime::{DueHandler, Failure, Invocation, Outcome, groups, membership};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// Commits of deletions in one firing; what is left comes with the next.
const COMMITS: usize = 50;
/// Scopes that belong to no single service.
const SHARED: [&str; 4] = ["uploads", "jobs", "dead-letters", EVENTS_SCOPE];

/// A tenant that is being erased.
#[derive(Debug, Serialize, Deserialize)]
pub struct Erasure {
    pub tenant: Tenant,
}

#[must_use]
pub fn due_key(tenant: &str) -> String {
    format!("gateway/erase/{tenant}")
}

/// Erases everything of a tenant. Deleting is harmless to repeat, so this handler alone writes to a partition other
/// than its own instead of returning the writes.
pub struct Erase {
    pub accounts: Accounts,
}

#[async_trait]
impl DueHandler for Erase {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        let erasure: Erasure = serde_json::from_slice(&item.value)?;
        let mut batch = Batch::new();
        if self.erase_some(&erasure.tenant).await? {
            batch.delete(key);
        } else {
            let again = Some(invocation.now + Duration::from_millis(10));
            batch.put_item(Put {
                key: key.to_owned(),
                value: item.value.clone(),
                expires_at: None,
                due_at: again,
            });
        }
        Ok(batch.into())
    }
}

impl Erase {
    /// True when nothing is left.
    async fn erase_some(&self, tenant: &Tenant) -> Result<bool> {
        let store = &self.accounts.store;
        let mut left = COMMITS;
        for scope in self.scopes().await? {
            while let Some(batch) = self.deletions(tenant, &scope).await? {
                if left == 0 {
                    return Ok(false);
                }
                store.commit(tenant, batch).await?;
                left -= 1;
            }
        }
        for blob in self.accounts.blobs.list(tenant.as_str()).await? {
            self.accounts.blobs.delete(&blob).await?;
        }
        store.trim_log(tenant, u64::MAX).await?;
        Ok(true)
    }

    /// What one commit can delete of a scope's items and index keys; `None` when nothing is left.
    async fn deletions(&self, tenant: &Tenant, scope: &str) -> Result<Option<Batch>> {
        let store = &self.accounts.store;
        let query = Query {
            prefix: format!("{scope}/"),
            limit: MAX_PAGE / 2,
            ..Query::default()
        };
        let items = store.query(tenant, query.clone()).await?;
        let index = store.index(tenant, query).await?;
        let batch = Batch {
            deletes: items.items.into_iter().map(|(key, _)| key).collect(),
            unindexed: index.keys,
            ..Batch::default()
        };
        let done = batch.is_empty() && items.next.is_none() && index.next.is_none();
        Ok((!done).then_some(batch))
    }

    /// The keys first, so that nobody writes any more.
    async fn scopes(&self) -> Result<Vec<String>> {
        let mut services: BTreeSet<String> = membership::instances(&*self.accounts.store)
            .await?
            .into_iter()
            .map(|instance| instance.service)
            .collect();
        for group in groups::groups(&*self.accounts.store).await? {
            services.insert(group.group);
        }
        services.remove("gateway");
        let own = std::iter::once("gateway".to_owned());
        Ok(own
            .chain(services)
            .chain(SHARED.map(str::to_owned))
            .collect())
    }
}
