//! Blobs in a folder or in a bucket of S3, through the `object_store` crate.
//!
//! A blob in a folder is written beside its place and renamed into it after an fsync; one in a bucket is uploaded in
//! parts that only become an object when the upload is completed. So a reader or a crash never meets half of one.

mod failure;
mod folder;
mod incoming;
mod key;
mod s3;

use ports::{Blobs, Result};
use std::{path::Path, sync::Arc};

/// Opens the folder, making it if needed. What crashed processes left half-written is removed beside the start.
/// Several hosts share one by a shared volume.
pub fn folder(path: &Path) -> Result<Arc<dyn Blobs>> {
    Ok(Arc::new(folder::Folder::open(path)?))
}

/// Opens `s3://bucket[/prefix]`, with what the standard `AWS_…` variables among these say of region, endpoint and
/// credentials. [`ports::Kind::Invalid`] when they or the bucket are refused.
pub async fn s3(
    url: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn Blobs>> {
    let blobs = s3::Bucket::new(url, environment)?;
    blobs.ping().await?;
    Ok(Arc::new(blobs))
}
