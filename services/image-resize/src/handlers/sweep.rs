//! Deletes the bytes of images that are gone.

use crate::deletion::{Sweep, is_sweep};
use async_trait::async_trait;
use ports::{Batch, Item};
use runtime::{DueHandler, Failure, Invocation, Outcome};

/// Looks after the service's due items, all of which are sweeps.
#[derive(Debug, Clone, Copy)]
pub struct Sweeper;

#[async_trait]
impl DueHandler for Sweeper {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        if !is_sweep(key) {
            return Err(Failure::fatal(format!("{key} is no sweep")));
        }
        let sweep: Sweep = serde_json::from_slice(&item.value)?;
        let folder = format!("{}/{}", invocation.tenant, sweep.image_id);
        let inside = invocation.blobs.list(&folder).await?;
        for blob in inside.iter().chain(&sweep.original) {
            invocation.blobs.delete(blob).await?;
        }
        let mut batch = Batch::new();
        batch.delete(key);
        Ok(batch.into())
    }
}
