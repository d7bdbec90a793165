//! Large bodies. Keys are `/`-separated paths of `[A-Za-z0-9._-]` segments.

use crate::{Error, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Writes the stream durably under the key, all or nothing, replacing what was there. [`crate::Kind::TooLarge`] past
    /// `limit` bytes; an error in the stream leaves nothing behind.
    async fn put(
        &self,
        key: &str,
        body: BoxStream<'static, Result<Bytes>>,
        limit: u64,
    ) -> Result<Stored>;

    /// The size in bytes. [`crate::Kind::NotFound`] when there is no such blob.
    async fn size(&self, key: &str) -> Result<u64>;

    /// The bytes of the range (all of them when `None`), in chunks.
    async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>>;

    /// Deleting what is not there is no error.
    async fn delete(&self, key: &str) -> Result<()>;

    /// Every key that starts with these whole segments.
    async fn list(&self, prefix: &str) -> Result<Vec<String>>;

    async fn ping(&self) -> Result<()>;
}

/// Refuses keys that could leave their folder or that some backend would rewrite.
pub fn check_key(key: &str) -> Result<()> {
    let segment_fits = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    if key.len() <= 512 && key.split('/').all(segment_fits) {
        Ok(())
    } else {
        Err(Error::invalid(format!("{key:?} is no blob key")))
    }
}
