use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use ports::{Blobs, Result, blobs::Stored};
use std::ops::Range;

/// A limit that no case but those about limits comes near.
pub const ROOMY: u64 = 64 << 20;

pub fn chunks<const N: usize>(chunks: [&'static str; N]) -> BoxStream<'static, Result<Bytes>> {
    let chunks = chunks.map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())));
    stream::iter(chunks).boxed()
}

pub async fn put(blobs: &dyn Blobs, key: &str, body: &'static str) -> Result<Stored> {
    blobs.put(key, chunks([body]), ROOMY).await
}

pub async fn read(blobs: &dyn Blobs, key: &str, range: Option<Range<u64>>) -> Result<Bytes> {
    let stream = blobs.get(key, range).await?;
    let whole: BytesMut = stream.try_collect().await?;
    Ok(whole.freeze())
}

pub async fn list(blobs: &dyn Blobs, prefix: &str) -> Result<Vec<String>> {
    let mut keys = blobs.list(prefix).await?;
    keys.sort_unstable();
    Ok(keys)
}
