//! Blobs in a folder, through the `object_store` crate. Several hosts share one by a shared volume.
//!
//! A blob is written beside its place and renamed into it after an fsync, so that a reader or a crash never
//! meets half of one.

mod failure;
mod folder;
mod leftovers;
mod reading;
mod writing;

use folder::Folder;
use object_store::local::LocalFileSystem;
use ports::{Blobs, Error, Result};
use std::{error, fs, path::Path, sync::Arc};

/// Opens the folder, making it if needed, and removes what crashed processes left half-written.
pub fn folder(path: &Path) -> Result<Arc<dyn Blobs>> {
    prepare(path).map_err(|error| unusable(path, error))?;
    let store = LocalFileSystem::new_with_prefix(path)
        .map_err(|error| unusable(path, error))?
        .with_automatic_cleanup(true)
        .with_fsync(true);
    Ok(Arc::new(Folder::new(path.to_owned(), store)))
}

fn prepare(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)?;
    let removed = leftovers::remove(path)?;
    if removed > 0 {
        tracing::info!(removed, folder = %path.display(), "removed half-written blobs");
    }
    Ok(())
}

fn unusable(path: &Path, error: impl error::Error + Send + Sync + 'static) -> Error {
    let message = format!("the blob folder {} cannot be used", path.display());
    Error::unavailable(message).with_source(error)
}
