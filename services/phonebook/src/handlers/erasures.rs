use crate::storage::{Found, books, chain, groups, keys, merges, purge};
use async_trait::async_trait;
use ports::{Batch, Item};
use runtime::{DueHandler, Failure, Invocation, Outcome};

/// Erases contacts whose time in the bin is over, and goes on with what did not fit into one commit.
pub struct Erasures;

#[async_trait]
impl DueHandler for Erasures {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        let batch = if let Some(id) = key.strip_prefix(keys::PURGES) {
            purge::resume(invocation, id, serde_json::from_slice(&item.value)?).await?
        } else if key.starts_with(keys::BIN) {
            let found = Found::decode(key.to_owned(), item.clone())?;
            let quietly = purge::Purge { announce: false };
            purge::begin(invocation, &found, quietly).await?
        } else if let Some(id) = chain::id_of(key, keys::EMPTYING) {
            let rest = chain::Rest::new(keys::EMPTYING, id);
            books::empty(invocation, id, Batch::new(), &rest).await?
        } else if let Some(id) = chain::id_of(key, keys::DISBANDING) {
            let rest = chain::Rest::new(keys::DISBANDING, id);
            groups::disband(invocation, id, Batch::new(), &rest).await?
        } else if key.starts_with(keys::MERGES) {
            merges::forget(invocation, serde_json::from_slice(&item.value)?).await?
        } else if let Some(id) = chain::id_of(key, keys::FORGETTING) {
            merges::forget_all(invocation, id).await?
        } else {
            return Err(Failure::fatal(format!("{key} is never due")));
        };
        Ok(batch.into())
    }
}
