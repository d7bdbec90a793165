//! Blobs as objects of a bucket.

mod failure;
mod location;
mod options;
mod refusal;
mod upload;
mod web;

use crate::{failure::unavailable, incoming::Incoming, key};
use async_trait::async_trait;
use bytes::Bytes;
use failure::{failed, unusable};
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use location::Location;
use object_store::{
    Error as StoreError, GetOptions, GetRange, ObjectStore, ObjectStoreExt,
    aws::AmazonS3,
    list::{PaginatedListOptions, PaginatedListStore},
    path::Path as Place,
};
use ports::{Blobs, Result, blobs::Stored};
use refusal::Refusal;
use std::ops::Range;
use upload::Upload;

/// Bytes of an upload's part, which it holds in memory. S3 takes parts from 5 MiB and 10,000 of them: objects of 78 GiB.
const PART: usize = 8 << 20;
/// Larger than any object can be, and no number that a server could stumble over.
const BEYOND: u64 = 1 << 50;

/// The adapter.
pub struct Bucket {
    location: Location,
    store: AmazonS3,
}

impl Bucket {
    pub fn new(url: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let location: Location = url.parse()?;
        let store = options::store(&location, environment, web::Web::new()?)?;
        Ok(Self { location, store })
    }

    fn place(&self, key: &str) -> Result<Place> {
        let place = key::place(key)?;
        let parts = self.location.prefix.parts().chain(place.parts());
        Ok(parts.collect())
    }
}

#[async_trait]
impl Blobs for Bucket {
    async fn put(
        &self,
        key: &str,
        body: BoxStream<'static, Result<Bytes>>,
        limit: u64,
    ) -> Result<Stored> {
        let place = self.place(key)?;
        let mut body = Incoming::new(key, body, limit, PART);
        let first = body.part().await?.unwrap_or_default();
        if first.content_length() < PART {
            // All of it, in one request.
            let put = self.store.put(&place, first).await;
            put.map_err(|error| failed("writing", key, error))?;
            return Ok(body.stored());
        }
        let mut upload = Upload::begin(&self.store, place, key).await?;
        upload.add(first).await?;
        while let Some(part) = body.part().await? {
            upload.add(part).await?;
        }
        upload.complete().await?;
        Ok(body.stored())
    }

    async fn size(&self, key: &str) -> Result<u64> {
        let found = self.store.head(&self.place(key)?).await;
        let found = found.map_err(|error| failed("looking at", key, error))?;
        Ok(found.size)
    }

    async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let place = self.place(key)?;
        let range = range.map(|range| range.start.min(BEYOND)..range.end.min(BEYOND));
        if range.as_ref().is_some_and(Range::is_empty) {
            // No request can ask for nothing; whether there is such a blob has to be told all the same.
            self.size(key).await?;
            return Ok(stream::empty().boxed());
        }
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = match self.store.get_opts(&place, options).await {
            Err(error) if Refusal::of(&error).is_some_and(Refusal::is_outside) => {
                return Ok(stream::empty().boxed());
            }
            found => found.map_err(|error| failed("opening", key, error))?,
        };
        let key = key.to_owned();
        let pieces = found.into_stream();
        Ok(pieces
            .map_err(move |error| unavailable("reading", &key, error))
            .boxed())
    }

    async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&self.place(key)?).await {
            Err(error) if !Refusal::of(&error).is_some_and(Refusal::is_missing_object) => {
                Err(failed("deleting", key, error))
            }
            _ => Ok(()),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let found = self.store.list(Some(&self.place(prefix)?));
        let keys = found.try_filter_map(async |object| {
            let key = object.location.prefix_match(&self.location.prefix);
            let segments = key.map(Iterator::collect::<Place>);
            Ok::<_, StoreError>(segments.map(String::from))
        });
        let keys: Result<Vec<_>, _> = keys.try_collect().await;
        let mut keys = keys.map_err(|error| failed("listing below", prefix, error))?;
        keys.sort_unstable();
        Ok(keys)
    }

    /// Asks for one key, which shows whether bucket, region and credentials are right.
    async fn ping(&self) -> Result<()> {
        let options = PaginatedListOptions {
            max_keys: Some(1),
            ..PaginatedListOptions::default()
        };
        let prefix = self.location.prefix.as_ref();
        let found = self.store.list_paginated(Some(prefix), options).await;
        found
            .map(drop)
            .map_err(|error| unusable(&self.location.bucket, error))
    }
}
