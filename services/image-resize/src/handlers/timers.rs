use super::{remake, sweep};
use crate::{
    deletion, discards, remakes,
    renders::{self, Quota},
    studio::Studio,
};
use async_trait::async_trait;
use ports::Item;
use runtime::{DueHandler, Failure, Invocation, Outcome};
use std::sync::Arc;

/// Everything of this service that is ever due.
pub struct Timers {
    pub studio: Arc<Studio>,
    pub quota: Quota,
}

#[async_trait]
impl DueHandler for Timers {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        if deletion::is_sweep(key) {
            return sweep::sweep(invocation, key, item).await;
        }
        if remakes::is_remake(key) {
            return remake::resume(&self.studio, invocation, item).await;
        }
        if discards::is_discard(key) {
            return Ok(discards::fire(invocation, key, &item.value).await?.into());
        }
        if renders::is_eviction(key) {
            return Ok(renders::evict(invocation, key, self.quota).await?.into());
        }
        Err(Failure::fatal(format!("{key} is nothing that can be due")))
    }
}
