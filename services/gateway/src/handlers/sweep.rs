use async_trait::async_trait;
use contracts::uploads::{State, Upload};
use ports::{Batch, Blobs, Item, store::Put};
use runtime::{DueHandler, Failure, Invocation, Outcome};
use std::sync::Arc;

/// Deletes the bytes of an upload that nobody took over in time. First the item says so, on condition that it is still
/// open; only then go the bytes, so that an adoption and a sweep can never both win.
pub struct Sweep {
    pub blobs: Arc<dyn Blobs>,
}

#[async_trait]
impl DueHandler for Sweep {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        let upload: Upload = serde_json::from_slice(&item.value)?;
        let mut batch = Batch::new();
        match upload.state {
            State::Open => {
                let swept = Upload {
                    state: State::Swept,
                    ..upload
                };
                let value = serde_json::to_vec(&swept)?.into();
                batch.put_item(Put {
                    key: key.to_owned(),
                    value,
                    expires_at: None,
                    due_at: Some(invocation.now),
                });
            }
            State::Swept => {
                self.blobs.delete(&upload.blob).await?;
                batch.delete(key);
            }
        }
        Ok(batch.into())
    }
}
