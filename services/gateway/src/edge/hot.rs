//! Blobs on their way to clients; small ones that are asked for again come from memory.

use bytes::Bytes;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use opentelemetry::{KeyValue, global, metrics::Counter};
use ports::{Blobs, Result};
use quick_cache::{Weighter, sync::Cache};
use std::{ops::Range, sync::Arc};

/// Largest blob that is kept, as a part of all that is. A larger one would push out too many others.
const PART: u64 = 32;
/// The same as a part of a shard, and of those there are the more the more cores there are: what does not fit into one
/// would be read as a whole and then not be kept.
const SHARD_PART: u64 = 4;
/// What a kept blob takes beside its bytes: its name, its tag and its place.
const OVERHEAD: u64 = 256;
/// Bytes of a typical blob that is kept: a thumbnail.
const TYPICAL: u64 = 16 << 10;

/// A blob with a tag of its content, so that bytes which were replaced are not served any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    blob: String,
    etag: String,
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Name, Bytes> for Weight {
    fn weight(&self, _: &Name, bytes: &Bytes) -> u64 {
        bytes.len() as u64 + OVERHEAD
    }
}

pub struct HotBlobs {
    blobs: Arc<dyn Blobs>,
    kept: Cache<Name, Bytes, Weight>,
    requests: Counter<u64>,
}

/// A blob that is there.
pub enum Content {
    Kept(Bytes),
    Stored { blob: String, size: u64 },
}

impl Content {
    pub fn size(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len() as u64,
            Self::Stored { size, .. } => *size,
        }
    }
}

impl HotBlobs {
    /// Keeps at most so many bytes; none at all with 0.
    pub fn new(blobs: Arc<dyn Blobs>, bytes: u64) -> Self {
        let typical = usize::try_from(bytes / TYPICAL).unwrap_or(usize::MAX);
        Self::keeping(blobs, Cache::with_weighter(typical, bytes, Weight))
    }

    fn keeping(blobs: Arc<dyn Blobs>, kept: Cache<Name, Bytes, Weight>) -> Self {
        Self {
            blobs,
            kept,
            requests: global::meter("switchboard.gateway")
                .u64_counter("switchboard.blobs.cache.requests")
                .with_unit("{request}")
                .with_description("Blobs served that are small enough to be kept in memory")
                .build(),
        }
    }

    /// Finds a blob. Of many who ask for a small one at the same time, one reads it for all.
    pub async fn find(&self, blob: &str, etag: Option<&str>) -> Result<Content> {
        let stored = |size| Content::Stored {
            blob: blob.to_owned(),
            size,
        };
        let Some(etag) = etag.filter(|_| self.kept.capacity() > 0) else {
            return Ok(stored(self.blobs.size(blob).await?));
        };
        let name = Name {
            blob: blob.to_owned(),
            etag: etag.to_owned(),
        };
        if let Some(bytes) = self.kept.get(&name) {
            self.count("hit");
            return Ok(Content::Kept(bytes));
        }
        let size = self.blobs.size(blob).await?;
        if size.saturating_add(OVERHEAD) > self.heaviest() {
            return Ok(stored(size));
        }
        self.count("miss");
        let read = self.kept.get_or_insert_async(&name, self.read(blob));
        Ok(Content::Kept(read.await?))
    }

    /// What a blob that is kept may weigh.
    fn heaviest(&self) -> u64 {
        let part = self.kept.capacity() / PART;
        part.min(self.kept.shard_capacity() / SHARD_PART)
    }

    async fn read(&self, blob: &str) -> Result<Bytes> {
        let pieces = self.blobs.get(blob, None).await?;
        let whole = pieces.try_fold(Vec::new(), async |mut whole, piece| {
            whole.extend_from_slice(&piece);
            Ok(whole)
        });
        Ok(whole.await?.into())
    }

    pub async fn part(
        &self,
        content: &Content,
        part: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        match content {
            Content::Stored { blob, .. } => self.blobs.get(blob, Some(part)).await,
            Content::Kept(bytes) => {
                let end = bytes.len().min(part.end as usize);
                let bytes = bytes.slice(end.min(part.start as usize)..end);
                Ok(stream::iter([Ok(bytes)]).boxed())
            }
        }
    }

    fn count(&self, result: &'static str) {
        let result = KeyValue::new("switchboard.cache.result", result);
        self.requests.add(1, &[result]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::Kind;
    use quick_cache::{DefaultHashBuilder, OptionsBuilder, sync::DefaultLifecycle};

    async fn world(kept: u64) -> (HotBlobs, Arc<dyn Blobs>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs::folder(folder.path()).unwrap();
        (HotBlobs::new(blobs.clone(), kept), blobs, folder)
    }

    async fn put(blobs: &dyn Blobs, key: &str, bytes: &[u8]) {
        let body = stream::iter([Ok(Bytes::copy_from_slice(bytes))]).boxed();
        blobs.put(key, body, 1 << 20).await.unwrap();
    }

    async fn bytes(hot: &HotBlobs, content: &Content, part: Range<u64>) -> Vec<u8> {
        let pieces = hot.part(content, part).await.unwrap();
        pieces.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    #[tokio::test]
    async fn a_small_blob_is_read_once_for_each_tag() {
        let (hot, blobs, _folder) = world(1 << 20).await;
        put(&*blobs, "t/a", b"first").await;
        for _ in 0..2 {
            let content = hot.find("t/a", Some("\"1\"")).await.unwrap();
            assert!(matches!(content, Content::Kept(_)));
            assert_eq!(bytes(&hot, &content, 1..4).await, b"irs");
            put(&*blobs, "t/a", b"second").await;
        }
        let content = hot.find("t/a", Some("\"2\"")).await.unwrap();
        assert_eq!(bytes(&hot, &content, 0..6).await, b"second");
        assert_eq!(
            hot.find("t/b", Some("\"1\"")).await.err().unwrap().kind(),
            Kind::NotFound
        );
    }

    #[tokio::test]
    async fn what_is_large_or_has_no_tag_is_never_kept() {
        let (hot, blobs, _folder) = world(64 << 10).await;
        put(&*blobs, "t/small", b"small").await;
        put(&*blobs, "t/large", &[7; 4 << 10]).await;
        for (blob, etag) in [("t/small", None), ("t/large", Some("\"1\""))] {
            let content = hot.find(blob, etag).await.unwrap();
            assert!(matches!(content, Content::Stored { .. }), "{blob}");
            assert_eq!(bytes(&hot, &content, 0..2).await.len(), 2);
        }
        let (off, ..) = world(0).await;
        put(&*off.blobs, "t/a", b"a").await;
        let content = off.find("t/a", Some("\"1\"")).await.unwrap();
        assert!(matches!(content, Content::Stored { size: 1, .. }));
    }

    #[tokio::test]
    async fn what_fits_into_no_shard_is_not_read_to_be_kept() {
        let (HotBlobs { blobs, .. }, _, _folder) = world(0).await;
        let mut options = OptionsBuilder::new();
        options.weight_capacity(1 << 20).shards(32);
        let options = options.estimated_items_capacity(4 << 10).build().unwrap();
        let (hash, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        let kept = Cache::with_options(options, Weight, hash, lifecycle);
        let hot = HotBlobs::keeping(blobs, kept);
        let largest = (32 << 10) - OVERHEAD as usize;
        for (key, bytes, is_kept) in [("t/a", 7 << 10, true), ("t/b", largest, false)] {
            put(&*hot.blobs, key, &vec![1; bytes]).await;
            let content = hot.find(key, Some("\"1\"")).await.unwrap();
            assert_eq!(matches!(content, Content::Kept(_)), is_kept, "{key}");
        }
        assert_eq!(hot.kept.len(), 1, "what is read to be kept is kept");
    }

    #[tokio::test]
    async fn memory_is_bounded() {
        let (hot, blobs, _folder) = world(256 << 10).await;
        for n in 0..500 {
            let key = format!("t/{n}");
            put(&*blobs, &key, &[1; 2 << 10]).await;
            hot.find(&key, Some("\"1\"")).await.unwrap();
            assert!(hot.kept.weight() <= 256 << 10);
        }
    }
}
