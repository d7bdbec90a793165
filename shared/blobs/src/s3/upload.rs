use super::failure::failed;
use object_store::{
    MultipartUpload, ObjectStoreExt, PutPayload, aws::AmazonS3, path::Path as Place,
};
use ports::{Error, Result};
use tokio::runtime::Handle;

/// An upload in parts. Unless it is completed it is aborted, also when it is dropped on its way.
pub struct Upload {
    key: String,
    /// None when it is complete.
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    /// In a task, which goes on when this is dropped: S3 may have begun an upload that nobody has heard of yet, and the
    /// task then drops it when it has.
    pub async fn begin(store: &AmazonS3, place: Place, key: &str) -> Result<Self> {
        let (store, key) = (store.clone(), key.to_owned());
        let begun = tokio::spawn(async move {
            let begun = store.put_multipart(&place).await;
            let parts = Some(begun.map_err(|error| failed("opening", &key, error))?);
            Ok(Self { key, parts })
        });
        begun.await.unwrap_or_else(|error| {
            Err(Error::unavailable("an upload ended with its runtime").with_source(error))
        })
    }

    pub async fn add(&mut self, part: PutPayload) -> Result<()> {
        if let Some(parts) = &mut self.parts {
            let added = parts.put_part(part).await;
            added.map_err(|error| failed("writing", &self.key, error))?;
        }
        Ok(())
    }

    pub async fn complete(mut self) -> Result<()> {
        if let Some(parts) = &mut self.parts {
            let completed = parts.complete().await;
            completed.map_err(|error| failed("finishing", &self.key, error))?;
        }
        self.parts = None;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let (Some(parts), Ok(runtime)) = (self.parts.take(), Handle::try_current()) {
            runtime.spawn(abort(parts, std::mem::take(&mut self.key)));
        }
    }
}

async fn abort(mut parts: Box<dyn MultipartUpload>, key: String) {
    if let Err(error) = parts.abort().await {
        // Invisible; the bucket's lifecycle rule removes them.
        tracing::warn!(key, %error, "the parts of an unfinished upload stay behind");
    }
}
