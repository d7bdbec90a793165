//! The notifier keeps no blobs; what asks for one fails.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use ports::{Blobs, Error, Kind, Result, blobs::Stored};
use std::ops::Range;

pub struct NoBlobs;

fn none<T>(key: &str) -> Result<T> {
    Err(Error::new(Kind::NotFound, key))
}

#[async_trait]
impl Blobs for NoBlobs {
    async fn put(&self, key: &str, _: BoxStream<'static, Result<Bytes>>, _: u64) -> Result<Stored> {
        none(key)
    }

    async fn size(&self, key: &str) -> Result<u64> {
        none(key)
    }

    async fn get(
        &self,
        key: &str,
        _: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        none(key)
    }

    async fn delete(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn list(&self, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
