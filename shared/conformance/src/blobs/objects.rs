//! Whole blobs.

use super::helpers::{ROOMY, chunks, list, put, read};
use crate::{refused, unique};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use ports::{Blobs, Kind, Result, blobs::Stored};
use std::sync::Arc;

/// FIPS 180-4's own examples.
const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const SHA256_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub async fn a_blob_comes_back_as_it_was_put(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = format!("{}/img_1/original", unique("tenant"));
    let body = chunks(["a", "", "bc"]);
    let stored = blobs.put(&key, body, ROOMY).await?;
    let expected = Stored {
        bytes: 3,
        sha256: SHA256_OF_ABC.to_owned(),
    };
    assert_eq!(stored, expected);
    assert_eq!(blobs.size(&key).await?, 3);
    assert_eq!(read(&*blobs, &key, None).await?, "abc");
    Ok(())
}

pub async fn an_empty_blob_is_a_blob(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let key = format!("{folder}/empty");
    let stored = blobs.put(&key, chunks([]), ROOMY).await?;
    let expected = Stored {
        bytes: 0,
        sha256: SHA256_OF_NOTHING.to_owned(),
    };
    assert_eq!(stored, expected);
    assert_eq!(blobs.size(&key).await?, 0);
    assert_eq!(read(&*blobs, &key, None).await?, "");
    assert_eq!(list(&*blobs, &folder).await?, [key]);
    Ok(())
}

pub async fn a_missing_blob_is_not_found(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    put(&*blobs, &format!("{folder}/img_1/there"), "x").await?;
    // Neither what is not there nor the folder of something that is.
    for key in ["img_1/none", "none/none", "img_1"] {
        let key = format!("{folder}/{key}");
        assert_eq!(refused(blobs.size(&key).await), Kind::NotFound, "{key}");
        let whole = blobs.get(&key, None).await;
        assert_eq!(refused(whole), Kind::NotFound, "{key}");
        let part = blobs.get(&key, Some(0..1)).await;
        assert_eq!(refused(part), Kind::NotFound, "{key}");
        blobs.delete(&key).await?;
    }
    assert_eq!(list(&*blobs, &folder).await?.len(), 1);
    assert_eq!(list(&*blobs, &unique("tenant")).await?, [""; 0]);
    Ok(())
}

pub async fn putting_again_replaces(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = unique("blob");
    for body in ["long at first", "short", "", "longer again"] {
        put(&*blobs, &key, body).await?;
        assert_eq!(read(&*blobs, &key, None).await?, body);
        let size = blobs.size(&key).await?;
        assert_eq!(size, body.len() as u64);
    }
    Ok(())
}

pub async fn a_deleted_blob_is_gone(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let [gone, kept] = ["gone", "kept"].map(|name| format!("{folder}/{name}/original"));
    put(&*blobs, &gone, "x").await?;
    put(&*blobs, &kept, "y").await?;
    // The second time there is nothing to delete, which is as good.
    for _ in 0..2 {
        blobs.delete(&gone).await?;
        assert_eq!(refused(blobs.size(&gone).await), Kind::NotFound);
        assert_eq!(list(&*blobs, &folder).await?, [kept.as_str()]);
    }
    put(&*blobs, &gone, "back").await?;
    assert_eq!(read(&*blobs, &gone, None).await?, "back");
    Ok(())
}

pub async fn twenty_megabytes_stream_through(blobs: Arc<dyn Blobs>) -> Result<()> {
    const CHUNK: usize = 60_000;
    const CHUNKS: usize = 350;
    let key = unique("blob");
    // Each chunk is filled with its own number, so that lost, doubled and swapped ones show.
    let fill = |n: usize| u8::try_from(n % 251).expect("a byte");
    let body = stream::iter(0..CHUNKS).map(move |n| Ok(Bytes::from(vec![fill(n); CHUNK])));
    let stored = blobs.put(&key, body.boxed(), ROOMY).await?;
    assert_eq!(stored.bytes, (CHUNK * CHUNKS) as u64);
    let mut stream = blobs.get(&key, None).await?;
    let mut place = 0;
    while let Some(chunk) = stream.try_next().await? {
        assert!(chunk.len() <= 8 << 20, "not streamed");
        for byte in chunk {
            assert!(byte == fill(place / CHUNK), "wrong at {place}");
            place += 1;
        }
    }
    assert_eq!(place, CHUNK * CHUNKS);
    Ok(())
}

pub async fn blobs_answer_pings(blobs: Arc<dyn Blobs>) -> Result<()> {
    blobs.ping().await
}
