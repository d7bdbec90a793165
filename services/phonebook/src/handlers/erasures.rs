use crate::storage::{Found, keys, purge};
use async_trait::async_trait;
use ports::Item;
use runtime::{DueHandler, Failure, Invocation, Outcome};

/// Erases contacts whose time in the bin is over, and what large purges left to do.
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
        } else {
            return Err(Failure::fatal(format!("{key} is never due")));
        };
        Ok(batch.into())
    }
}
