//! Blobs as files of a folder.

mod leftovers;
mod reading;

use crate::{
    failure::{not_found, unavailable},
    incoming::Incoming,
    key::place,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{
    Error as StoreError, GetResult, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt,
    local::LocalFileSystem,
};
use ports::{Blobs, Error, Result, blobs::Stored};
use std::{
    error, fs, io, iter,
    ops::Range,
    path::{Path, PathBuf},
    thread,
};

/// Bytes that are gathered before they are written.
const PART: usize = 1 << 20;

/// Each one fails only when a neighbour's deletion falls between two system calls.
const TRIES: usize = 100;

/// The adapter.
pub struct Folder {
    root: PathBuf,
    store: LocalFileSystem,
}

impl Folder {
    pub fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).map_err(|error| unusable(root, error))?;
        let store = LocalFileSystem::new_with_prefix(root)
            .map_err(|error| unusable(root, error))?
            .with_automatic_cleanup(true)
            .with_fsync(true);
        let root = root.to_owned();
        remove_leftovers(root.clone()).map_err(|error| unusable(&root, error))?;
        Ok(Self { root, store })
    }

    async fn find(&self, key: &str) -> Result<GetResult> {
        let found = self.store.get(&place(key)?).await;
        found.map_err(|error| failed("opening", key, error))
    }

    /// The folders that are made for an upload may go before its file is in them, with the last blob of somebody else: then
    /// they are made again.
    async fn begin(&self, key: &str) -> Result<Box<dyn MultipartUpload>> {
        let place = place(key)?;
        let mut tries = 1;
        loop {
            match self.store.put_multipart(&place).await {
                Err(error) if tries < TRIES && names_what_is_gone(&error) => tries += 1,
                begun => return begun.map_err(|error| failed("opening", key, error)),
            }
        }
    }

    /// Where the blob is, or would be, in the file system.
    fn path(&self, key: &str) -> Result<PathBuf> {
        let path = self.store.path_to_filesystem(&place(key)?);
        path.map_err(|error| failed("finding", key, error))
    }
}

#[async_trait]
impl Blobs for Folder {
    async fn put(
        &self,
        key: &str,
        body: BoxStream<'static, Result<Bytes>>,
        limit: u64,
    ) -> Result<Stored> {
        let mut upload = self.begin(key).await?;
        let written = write(key, &mut *upload, Incoming::new(key, body, limit, PART)).await;
        if written.is_err()
            && let Err(error) = upload.abort().await
        {
            // Invisible under its temporary name; the next start removes it.
            tracing::warn!(key, %error, "a half-written blob stays behind");
        }
        let stored = written?;
        let completed = upload.complete().await;
        completed.map_err(|error| failed("finishing", key, error))?;
        Ok(stored)
    }

    async fn size(&self, key: &str) -> Result<u64> {
        let found = self.store.head(&place(key)?).await;
        let found = found.map_err(|error| failed("looking at", key, error))?;
        Ok(found.size)
    }

    async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let found = self.find(key).await?;
        let size = found.meta.size;
        let wanted = range.map_or(0..size, |range| range.start.min(size)..range.end.min(size));
        if wanted.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let key = key.to_owned();
        match found.payload {
            GetResultPayload::File(file, _) => {
                let pieces = reading::pieces(file, wanted);
                Ok(pieces
                    .map_err(move |error| unavailable("reading", &key, error))
                    .boxed())
            }
            GetResultPayload::Stream(_) => {
                Err(Error::internal(format!("the blob {key} is no file")))
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&place(key)?).await {
            // Made durable, so that no power cut brings back what was to be erased.
            Ok(()) => sync_parent(self.path(key)?)
                .await
                .map_err(|error| unavailable("deleting", key, error)),
            Err(StoreError::NotFound { .. }) => Ok(()),
            // The folder of other blobs has this name: there is no such blob either.
            Err(_) if self.path(key)?.is_dir() => Ok(()),
            Err(error) => Err(failed("deleting", key, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let found = self.store.list(Some(&place(prefix)?));
        let keys = found.map_ok(|meta| meta.location.to_string());
        let keys: Result<Vec<_>, _> = keys.try_collect().await;
        let mut keys = keys.map_err(|error| failed("listing below", prefix, error))?;
        keys.sort_unstable();
        Ok(keys)
    }

    async fn ping(&self) -> Result<()> {
        let found = tokio::fs::metadata(&self.root).await;
        found
            .map(drop)
            .map_err(|error| Error::unavailable("the blob folder is not there").with_source(error))
    }
}

/// Part by part; nothing is visible until the upload is completed.
async fn write(
    key: &str,
    upload: &mut dyn MultipartUpload,
    mut body: Incoming<'_>,
) -> Result<Stored> {
    while let Some(part) = body.part().await? {
        let written = upload.put_part(part).await;
        written.map_err(|error| failed("writing", key, error))?;
    }
    Ok(body.stored())
}

/// On a thread of its own: a walk over a million pictures takes a while, and nobody has to wait for it.
fn remove_leftovers(folder: PathBuf) -> io::Result<()> {
    let removal = move || match leftovers::remove(&folder) {
        Ok(0) => {}
        Ok(removed) => {
            tracing::info!(removed, folder = %folder.display(), "removed half-written blobs");
        }
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "half-written blobs stay behind");
        }
    };
    let thread = thread::Builder::new().name("blob-leftovers".to_owned());
    thread.spawn(removal).map(drop)
}

fn names_what_is_gone(error: &StoreError) -> bool {
    let first: &(dyn error::Error + 'static) = error;
    iter::successors(Some(first), |error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::NotFound)
}

fn failed(doing: &str, key: &str, error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => not_found(key, error),
        error => unavailable(doing, key, error),
    }
}

fn unusable(path: &Path, error: impl error::Error + Send + Sync + 'static) -> Error {
    let message = format!("the blob folder {} cannot be used", path.display());
    Error::unavailable(message).with_source(error)
}

/// Syncs the nearest folder above the path that is still there: empty ones went with the blob.
async fn sync_parent(path: PathBuf) -> io::Result<()> {
    for folder in path.ancestors().skip(1) {
        match tokio::fs::File::open(folder).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(folder) => return folder.sync_all().await,
        }
    }
    Ok(())
}
