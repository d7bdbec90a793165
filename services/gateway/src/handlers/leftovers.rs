use crate::domain::resumable::{Resumable, State, decode, folder};
use async_trait::async_trait;
use ports::{Batch, Blobs, Item};
use runtime::{DueHandler, Failure, Invocation, Outcome};
use std::sync::Arc;

/// Deletes resumable uploads: those whose time is over, and what others have left behind. First the item says so, then the
/// bytes go, so that nothing is added to what is being deleted.
pub struct Leftovers {
    pub blobs: Arc<dyn Blobs>,
}

#[async_trait]
impl DueHandler for Leftovers {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        let upload: Resumable = decode(item)?;
        let mut batch = Batch::new();
        match upload.state {
            State::Open => upload.sweep(&mut batch, invocation.now)?,
            State::Swept => {
                let folder = folder(&invocation.tenant, &upload.id);
                for blob in self.blobs.list(&folder).await? {
                    self.blobs.delete(&blob).await?;
                }
                batch.delete(key);
            }
        }
        Ok(batch.into())
    }
}
