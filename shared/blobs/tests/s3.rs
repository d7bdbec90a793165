//! The meaning of the port, held against a server that speaks S3.

// Expectations of tests, some of them in helpers.
#![allow(clippy::expect_used)]

mod support;

use bytes::Bytes;
use conformance::{Fixture, PATIENCE, eventually, unique};
use futures_util::{FutureExt, StreamExt, stream, stream::BoxStream};
use ports::{Blobs, Error, Kind, Result};
use reqwest::Client;
use std::sync::Arc;
use support::{Credentials, OPEN, Server};

/// A bucket of one test's own.
struct Bucket {
    name: String,
    http: Client,
}

impl Bucket {
    async fn make() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let bucket = Self {
            name: unique("bucket").to_lowercase().replace('_', "-"),
            http: Client::builder().no_proxy().build().expect("a client"),
        };
        let made = bucket.http.put(bucket.url()).send().await;
        assert!(made.expect("an answer").status().is_success());
        bucket
    }

    fn url(&self) -> String {
        format!("{}/{}", OPEN.url(), self.name)
    }

    async fn blobs(&self, prefix: &str) -> Arc<dyn Blobs> {
        let url = format!("s3://{}{prefix}", self.name);
        let blobs = blobs::s3(&url, OPEN.environment()).await;
        blobs.expect("the bucket is there")
    }

    /// Whether there are parts of an upload that has neither been completed nor aborted.
    async fn has_unfinished_upload(&self) -> bool {
        let answer = self.http.get(format!("{}?uploads", self.url())).send();
        let text = answer.await.expect("an answer").text().await;
        text.expect("a list").contains("<UploadId>")
    }
}

async fn bucket() -> Fixture<dyn Blobs> {
    let bucket = Bucket::make().await;
    Fixture::new(bucket.blobs("").await, bucket)
}

conformance::blobs_suite!(bucket);

fn body(pieces: impl IntoIterator<Item = Result<Bytes>>) -> BoxStream<'static, Result<Bytes>> {
    stream::iter(pieces.into_iter().collect::<Vec<_>>()).boxed()
}

/// More than one part.
fn large() -> Result<Bytes> {
    Ok(vec![b'x'; 9 << 20].into())
}

async fn put(blobs: &dyn Blobs, key: &str) {
    let stored = blobs.put(key, body([Ok("x".into())]), 10).await;
    stored.expect("stored");
}

#[tokio::test]
async fn a_prefix_keeps_projects_apart() {
    let bucket = Bucket::make().await;
    let (one, other) = (bucket.blobs("/one").await, bucket.blobs("/one-more").await);
    put(&*one, "tenant/a").await;
    put(&*other, "tenant/b").await;
    assert_eq!(one.list("tenant").await.expect("keys"), ["tenant/a"]);
    assert_eq!(other.list("tenant").await.expect("keys"), ["tenant/b"]);
    let whole = bucket.blobs("").await;
    assert_eq!(whole.list("one").await.expect("keys"), ["one/tenant/a"]);
}

#[tokio::test]
async fn bodies_of_whole_parts_are_stored() {
    let bucket = Bucket::make().await;
    let blobs = bucket.blobs("").await;
    for parts in [1, 2] {
        let part = || Ok(Bytes::from(vec![b'x'; 8 << 20]));
        let put = blobs.put("k", body((0..parts).map(|_| part())), u64::MAX);
        assert_eq!(put.await.expect("stored").bytes, parts * (8 << 20));
        assert_eq!(blobs.size("k").await.expect("there"), parts * (8 << 20));
    }
    assert!(!bucket.has_unfinished_upload().await);
}

#[tokio::test]
async fn a_failed_put_leaves_no_parts_behind() {
    let bucket = Bucket::make().await;
    let blobs = bucket.blobs("").await;
    let broken = body([large(), Err(Error::unavailable("gone"))]);
    assert!(blobs.put("original", broken, u64::MAX).await.is_err());
    eventually(PATIENCE, "the parts go", async || {
        (!bucket.has_unfinished_upload().await).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_abandoned_put_leaves_no_parts_behind() {
    let bucket = Bucket::make().await;
    let blobs = bucket.blobs("").await;
    let endless = body([large()]).chain(stream::pending()).boxed();
    let mut put = blobs.put("original", endless, u64::MAX);
    eventually(PATIENCE, "the put has begun", async || {
        let waits = (&mut put).now_or_never().is_none();
        (waits && bucket.has_unfinished_upload().await).then_some(())
    })
    .await;
    drop(put);
    eventually(PATIENCE, "the parts go", async || {
        (!bucket.has_unfinished_upload().await).then_some(())
    })
    .await;
}

async fn refused(url: &str, environment: Vec<(String, String)>) -> Error {
    let opened = blobs::s3(url, environment).await;
    opened.err().expect("it is refused")
}

#[tokio::test]
async fn a_missing_bucket_is_named_at_the_start() {
    let error = refused("s3://not-there", OPEN.environment()).await;
    assert_eq!(error.kind(), Kind::Invalid);
    let text = error.to_string();
    assert!(
        text.contains("the bucket not-there cannot be used"),
        "{text}"
    );
    assert!(text.contains("404 Not Found NoSuchBucket"), "{text}");
}

#[tokio::test]
async fn wrong_credentials_are_told_but_not_shown() {
    let server = Server::locked();
    let error = refused("s3://pictures", server.environment()).await;
    assert_eq!(error.kind(), Kind::Invalid);
    let text = format!("{error} {error:?}");
    assert!(text.contains("403 Forbidden InvalidAccessKeyId"), "{text}");
    assert!(!text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn a_container_asks_for_its_credentials() {
    let bucket = Bucket::make().await;
    let credentials = Credentials::open().await;
    let mut environment = OPEN.environment();
    environment.retain(|(name, _)| name == "AWS_ENDPOINT_URL");
    environment.extend(credentials.environment());
    let url = format!("s3://{}", bucket.name);
    let (blobs, asked) = tokio::join!(blobs::s3(&url, environment), credentials.answer());
    asked.expect("credentials were given");
    put(&*blobs.expect("the bucket opens"), "k").await;
}

#[tokio::test]
async fn a_server_that_is_away_may_come_back() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let mut environment = OPEN.environment();
    environment[0].1 = format!("http://{address}");
    let error = refused("s3://pictures", environment).await;
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_bucket_that_went_away_is_an_outage() {
    let bucket = Bucket::make().await;
    let blobs = bucket.blobs("").await;
    let deleted = bucket.http.delete(bucket.url()).send().await;
    assert!(deleted.expect("an answer").status().is_success());
    let put = blobs.put("k", body([Ok("x".into())]), 10).await;
    assert_eq!(put.err().map(|error| error.kind()), Some(Kind::Unavailable));
    let deleted = blobs.delete("k").await;
    assert_eq!(
        deleted.err().map(|error| error.kind()),
        Some(Kind::Unavailable)
    );
}
