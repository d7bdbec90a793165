//! What a store value goes through when its server goes away and comes back.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server};
use conformance::{
    PATIENCE, eventually, refused,
    store::{batch, event},
};
use ports::{
    Kind, Result, Store, Tenant,
    store::{Hint, Read},
};
use redis_store::{Options, RedisStore};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

async fn open(server: &Server) -> Arc<RedisStore> {
    redis_store::connect(&server.url(), Options::default())
        .await
        .expect("the server can be used")
}

fn tenant() -> Tenant {
    Tenant::parse("default").expect("a tenant")
}

async fn put(store: &RedisStore, key: &str) -> Result<u64> {
    let one = batch(|b| {
        b.put(key, "x");
    });
    Ok(store.commit(&tenant(), one).await?.version)
}

async fn has(store: &RedisStore, key: &str) -> Result<bool> {
    Ok(store.get(&tenant(), key, Read::Strong).await?.is_some())
}

#[tokio::test]
async fn a_store_outlives_its_server() -> Result<()> {
    let mut server = Server::start(DURABLE).await;
    let store = open(&server).await;
    let before = put(&store, "things/before").await?;
    server.kill();
    // Every connection in turn: none may wait for long, and none may hang on an old failure.
    for _ in 0..8 {
        let started = Instant::now();
        assert_eq!(
            refused(put(&store, "things/meanwhile").await),
            Kind::Unavailable
        );
        assert!(started.elapsed() < Duration::from_secs(1), "not at once");
    }
    server.restart().await;
    for n in 0..8 {
        let after = put(&store, &format!("things/after-{n}")).await?;
        assert!(after > before);
    }
    assert!(has(&store, "things/before").await?);
    assert!(!has(&store, "things/meanwhile").await?);
    Ok(())
}

/// A server that restarts while nobody uses the store costs no caller anything.
#[tokio::test]
async fn an_idle_store_notices_a_restart() -> Result<()> {
    let mut server = Server::start(DURABLE).await;
    let store = open(&server).await;
    for _ in 0..8 {
        put(&store, "things/one").await?;
    }
    server.kill();
    server.restart().await;
    for _ in 0..8 {
        assert!(has(&store, "things/one").await?);
    }
    Ok(())
}

#[tokio::test]
async fn hints_come_again_after_a_restart() -> Result<()> {
    let mut server = Server::start(DURABLE).await;
    let store = open(&server).await;
    let mut hints = store.hints();
    server.kill();
    server.restart().await;
    let (tenant, shard) = (tenant(), tenant().shard());
    let mut after = 0;
    eventually(PATIENCE, "a hint", async || {
        while let Some(last) = store.read_outbox(shard, after, 10).await.ok()?.last() {
            after = last.sequence;
        }
        let one = batch(|b| {
            b.event(event("one"));
        });
        store.commit(&tenant, one).await.ok()?;
        let hint = tokio::time::timeout(Duration::from_millis(100), hints.recv()).await;
        (hint.ok()? == Ok(Hint::Outbox(shard))).then_some(())
    })
    .await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_hangs_leaves_the_outcome_open() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = open(&server).await;
    // Every connection is open, so that it is the answer that does not come.
    for _ in 0..8 {
        put(&store, "things/one").await?;
    }
    let paused = server.command(&["CLIENT", "PAUSE", "60000", "ALL"]).await;
    paused.expect("the server can be paused");
    let error = put(&store, "things/one").await.expect_err("no answer");
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(error.to_string().contains("may have been applied"));
    Ok(())
}
