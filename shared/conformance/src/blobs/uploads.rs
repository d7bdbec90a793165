//! All or nothing.

use super::helpers::{ROOMY, chunks, list, put, read};
use crate::{PATIENCE, eventually, refused, unique, within};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future::join_all, stream, stream::BoxStream};
use ports::{Blobs, Error, Kind, Result};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Larger than the pieces that adapters write in, so that something is on disk before the end.
const LARGE: usize = 6 << 20;

fn large(fill: u8) -> Result<Bytes> {
    Ok(Bytes::from(vec![fill; LARGE]))
}

/// A body that the case feeds by hand; it ends when the sender is dropped.
fn fed() -> (
    mpsc::Sender<Result<Bytes>>,
    BoxStream<'static, Result<Bytes>>,
) {
    let (sender, receiver) = mpsc::channel(1);
    let body = stream::unfold(receiver, async |mut receiver: mpsc::Receiver<_>| {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    (sender, body.boxed())
}

async fn feed(body: &mpsc::Sender<Result<Bytes>>, chunk: Result<Bytes>) {
    within("the chunk is taken", body.send(chunk))
        .await
        .expect("the upload goes on");
}

pub async fn the_limit_is_exact(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = unique("blob");
    let stored = blobs.put(&key, chunks(["12345", "67890"]), 10).await?;
    assert_eq!(stored.bytes, 10);
    let nothing = blobs.put(&key, chunks([""]), 0).await?;
    assert_eq!(nothing.bytes, 0);
    Ok(())
}

pub async fn over_the_limit_nothing_is_left(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let key = format!("{folder}/img_1/original");
    let outcome = blobs.put(&key, chunks(["12345", "678901"]), 10).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    // An endless body ends at the limit.
    let endless = stream::repeat_with(|| large(b'x')).boxed();
    let outcome = blobs.put(&key, endless, 2 * LARGE as u64).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    assert_eq!(refused(blobs.size(&key).await), Kind::NotFound);
    assert_eq!(list(&*blobs, &folder).await?, [""; 0]);
    Ok(())
}

pub async fn a_failing_stream_leaves_nothing(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let key = format!("{folder}/img_1/original");
    let broken = || Err(Error::new(Kind::Timeout, "the client went away"));
    for body in [vec![broken()], vec![large(b'x'), large(b'x'), broken()]] {
        let outcome = blobs.put(&key, stream::iter(body).boxed(), ROOMY).await;
        assert_eq!(refused(outcome), Kind::Timeout, "the stream's own error");
        assert_eq!(refused(blobs.size(&key).await), Kind::NotFound);
        assert_eq!(list(&*blobs, &folder).await?, [""; 0]);
    }
    Ok(())
}

pub async fn a_failed_put_leaves_the_old_blob(blobs: Arc<dyn Blobs>) -> Result<()> {
    let key = unique("blob");
    put(&*blobs, &key, "old").await?;
    let body = [large(b'x'), Err(Error::unavailable("the client went away"))];
    let outcome = blobs.put(&key, stream::iter(body).boxed(), ROOMY).await;
    assert_eq!(refused(outcome), Kind::Unavailable);
    let outcome = blobs.put(&key, chunks(["too long"]), 3).await;
    assert_eq!(refused(outcome), Kind::TooLarge);
    assert_eq!(read(&*blobs, &key, None).await?, "old");
    Ok(())
}

pub async fn an_abandoned_put_leaves_nothing(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let key = format!("{folder}/img_1/original");
    let (feeder, body) = fed();
    let upload = {
        let (blobs, key) = (Arc::clone(&blobs), key.clone());
        tokio::spawn(async move { blobs.put(&key, body, ROOMY).await })
    };
    for _ in 0..3 {
        feed(&feeder, large(b'x')).await;
    }
    upload.abort();
    assert!(upload.await.is_err());
    // The key is free at once, whatever is still being cleared away.
    put(&*blobs, &key, "next").await?;
    blobs.delete(&key).await?;
    eventually(PATIENCE, "nothing is left", async || {
        let keys = list(&*blobs, &folder).await.ok()?;
        keys.is_empty().then_some(())
    })
    .await;
    Ok(())
}

pub async fn nothing_is_seen_before_the_end(blobs: Arc<dyn Blobs>) -> Result<()> {
    let folder = unique("tenant");
    let key = format!("{folder}/img_1/original");
    let (feeder, body) = fed();
    let upload = {
        let (blobs, key) = (Arc::clone(&blobs), key.clone());
        tokio::spawn(async move { blobs.put(&key, body, ROOMY).await })
    };
    for _ in 0..3 {
        feed(&feeder, large(b'x')).await;
    }
    assert_eq!(refused(blobs.size(&key).await), Kind::NotFound);
    assert_eq!(list(&*blobs, &folder).await?, [""; 0]);
    drop(feeder);
    let stored = within("the upload ends", upload).await.expect("no panic")?;
    assert_eq!(stored.bytes, 3 * LARGE as u64);
    assert_eq!(list(&*blobs, &folder).await?, [key]);
    Ok(())
}

pub async fn concurrent_puts_never_mix(blobs: Arc<dyn Blobs>) -> Result<()> {
    const CHUNKS: usize = 3;
    let key = unique("blob");
    let body = |fill| {
        stream::repeat_with(move || large(fill))
            .take(CHUNKS)
            .boxed()
    };
    blobs.put(&key, body(b'0'), ROOMY).await?;
    let writers = b"123".map(|fill| {
        let (blobs, key) = (Arc::clone(&blobs), key.clone());
        tokio::spawn(async move { blobs.put(&key, body(fill), ROOMY).await })
    });
    let mut writers = join_all(writers);
    loop {
        // Reads beside the writers, and once more when they are done.
        let done = futures_util::poll!(&mut writers).is_ready();
        let whole: bytes::BytesMut = blobs.get(&key, None).await?.try_collect().await?;
        assert_eq!(whole.len(), CHUNKS * LARGE);
        assert!(whole.iter().all(|byte| *byte == whole[0]), "mixed");
        if done {
            return Ok(());
        }
    }
}

pub async fn neighbours_come_and_go(blobs: Arc<dyn Blobs>) -> Result<()> {
    const TIMES: usize = 50;
    let folder = unique("blobs");
    let neighbours = ["a", "b/c", "b/d", "e"].map(|name| {
        let (blobs, key) = (Arc::clone(&blobs), format!("{folder}/{name}"));
        tokio::spawn(async move {
            for _ in 0..TIMES {
                put(&*blobs, &key, "here").await?;
                blobs.delete(&key).await?;
            }
            Ok::<_, Error>(())
        })
    });
    for outcome in join_all(neighbours).await {
        outcome.expect("no panic")?;
    }
    assert_eq!(list(&*blobs, &folder).await?, [""; 0]);
    Ok(())
}
