//! The meaning of the port, held against a folder.

// Expectations of tests, some of them in helpers.
#![allow(clippy::expect_used)]

use conformance::{Fixture, PATIENCE, eventually};
use futures_util::{StreamExt, future::join_all, stream};
use ports::{Blobs, Error};
use std::{path::Path, sync::Arc};

async fn folder() -> Fixture<dyn Blobs> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = blobs::folder(folder.path()).expect("a fresh folder opens");
    Fixture::new(blobs, folder)
}

conformance::blobs_suite!(folder);

fn is_empty(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).expect("the folder is there");
    entries.next().is_none()
}

#[tokio::test]
async fn deleting_the_last_blob_removes_its_folders() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = blobs::folder(folder.path()).expect("a fresh folder opens");
    let body = stream::iter([Ok("x".into())]).boxed();
    blobs
        .put("tenant/img/original", body, 10)
        .await
        .expect("put");
    blobs.delete("tenant/img/original").await.expect("deleted");
    assert!(is_empty(folder.path()));
}

/// Many times, and on many threads: what is to be met is a folder that goes between two system calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_folder_that_goes_with_its_last_blob_fails_no_other_put() {
    const TIMES: usize = 500;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = blobs::folder(folder.path()).expect("a fresh folder opens");
    let neighbours = (0..8).map(|neighbour| {
        let (blobs, key) = (Arc::clone(&blobs), format!("a/b/c/d/e/f/{neighbour}"));
        tokio::spawn(async move {
            for _ in 0..TIMES {
                let body = stream::iter([Ok("x".into())]).boxed();
                blobs.put(&key, body, 10).await.expect("put");
                blobs.delete(&key).await.expect("deleted");
            }
        })
    });
    for neighbour in join_all(neighbours).await {
        neighbour.expect("no put failed");
    }
    assert!(is_empty(folder.path()));
}

#[tokio::test]
async fn a_failed_put_leaves_no_file_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = blobs::folder(folder.path()).expect("a fresh folder opens");
    let large = vec![b'x'; 3 << 20].into();
    let body = [Ok(large), Err(Error::unavailable("gone"))];
    let put = blobs.put("original", stream::iter(body).boxed(), u64::MAX);
    assert!(put.await.is_err());
    assert!(is_empty(folder.path()));
}

#[tokio::test]
async fn an_abandoned_put_leaves_no_file_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = blobs::folder(folder.path()).expect("a fresh folder opens");
    let first = stream::iter([Ok(vec![b'x'; 3 << 20].into())]);
    let endless = first.chain(stream::pending()).boxed();
    let mut put = blobs.put("original", endless, u64::MAX);
    eventually(PATIENCE, "the put has begun", async || {
        let begun = futures_util::poll!(&mut put).is_pending() && !is_empty(folder.path());
        begun.then_some(())
    })
    .await;
    drop(put);
    eventually(PATIENCE, "the file goes", async || {
        is_empty(folder.path()).then_some(())
    })
    .await;
}
