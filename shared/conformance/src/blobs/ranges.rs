//! Parts of a blob.

use super::helpers::{ROOMY, put, read};
use crate::unique;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use ports::{Blobs, Result};
use std::sync::Arc;

pub async fn a_range_gives_its_bytes(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = unique("blob");
    put(&*blobs, &key, "0123456789").await?;
    for (range, expected) in [
        (0..10, "0123456789"),
        (0..1, "0"),
        (9..10, "9"),
        (3..7, "3456"),
    ] {
        let part = read(&*blobs, &key, Some(range)).await?;
        assert_eq!(part, expected);
    }
    // A range that crosses whatever pieces the adapter reads and writes in.
    let large = Bytes::from(
        (0..12_u32 << 20)
            .map(|n| (n >> 10) as u8)
            .collect::<Vec<_>>(),
    );
    let body = stream::iter([Ok(large.clone())]).boxed();
    blobs.put(&key, body, ROOMY).await?;
    let part = read(&*blobs, &key, Some(1_000_001..11_000_003)).await?;
    assert!(part == large.slice(1_000_001..11_000_003), "a wrong range");
    Ok(())
}

pub async fn a_range_ends_where_the_blob_does(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = unique("blob");
    put(&*blobs, &key, "0123456789").await?;
    for end in [11, 1 << 40, u64::MAX] {
        let part = read(&*blobs, &key, Some(8..end)).await?;
        assert_eq!(part, "89", "8..{end}");
    }
    Ok(())
}

pub async fn a_range_outside_the_blob_is_empty(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = unique("blob");
    put(&*blobs, &key, "0123456789").await?;
    #[expect(clippy::reversed_empty_ranges, reason = "hostile on purpose")]
    let ranges = [10..11, u64::MAX - 1..u64::MAX, 3..3, 7..3, 0..0];
    for range in ranges {
        let part = read(&*blobs, &key, Some(range.clone())).await?;
        assert_eq!(part, "", "{range:?}");
    }
    put(&*blobs, &key, "").await?;
    assert_eq!(read(&*blobs, &key, Some(0..1)).await?, "");
    Ok(())
}
