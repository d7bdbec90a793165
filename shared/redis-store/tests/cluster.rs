//! A store on a cluster whose servers come, go and hand over to each other.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{
    DURABLE, Server,
    cluster::Cluster,
    writers::{self, Writers},
};
use conformance::{PATIENCE, eventually, refused, store::batch};
use ports::{
    Kind, Result, Store, Tenant,
    store::{MAX_PAGE, Query, Read, Taken},
};
use redis_store::{Options, RedisStore};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

async fn connect(url: &str) -> Result<Arc<RedisStore>> {
    redis_store::connect(url, Options::default()).await
}

async fn put(store: &RedisStore, tenant: &Tenant, key: &str) -> Result<u64> {
    let one = batch(|b| {
        b.put(key, "x");
    });
    Ok(store.commit(tenant, one).await?.version)
}

async fn has(store: &RedisStore, tenant: &Tenant, key: &str) -> Result<bool> {
    Ok(store.get(tenant, key, Read::Strong).await?.is_some())
}

#[tokio::test]
async fn a_killed_primary_comes_back_with_everything() -> Result<()> {
    let mut cluster = Cluster::start().await;
    let store = connect(&cluster.url()).await?;
    let tenant = cluster.tenant(0).await;
    let writers = Writers::start(&store, &tenant);
    writers.have_written(200).await;
    cluster.servers[0].kill();
    for _ in 0..8 {
        let started = Instant::now();
        let outcome = put(&store, &tenant, "things/meanwhile").await;
        assert_eq!(refused(outcome), Kind::Unavailable);
        assert!(started.elapsed() < Duration::from_secs(1), "not at once");
    }
    cluster.servers[0].restart().await;
    writers.have_written(200).await;
    let (tenant, told) = writers.stop().await;
    writers::check(&store, &tenant, &told).await;
    assert!(!has(&store, &tenant, "things/meanwhile").await?);
    // The servers that stayed serve, too.
    for primary in 0..3 {
        let tenant = cluster.tenant(primary).await;
        put(&store, &tenant, "things/after").await?;
    }
    Ok(())
}

/// To the replica and back again.
#[tokio::test]
async fn a_coordinated_failover_loses_and_repeats_nothing() -> Result<()> {
    let cluster = Cluster::start_with_replica().await;
    let store = connect(&cluster.url()).await?;
    let writers = Writers::start(&store, &cluster.tenant(0).await);
    for (from, to) in [(0, 3), (3, 0)] {
        writers.have_written(200).await;
        cluster.hand_over(from, to).await;
    }
    writers.have_written(200).await;
    let (tenant, told) = writers.stop().await;
    writers::check(&store, &tenant, &told).await;
    Ok(())
}

#[tokio::test]
async fn a_slot_moves_under_load_and_loses_and_repeats_nothing() -> Result<()> {
    let cluster = Cluster::start().await;
    let store = connect(&cluster.url()).await?;
    let tenant = cluster.tenant(0).await;
    let slot = cluster.slot(&tenant).await;
    let writers = Writers::start(&store, &tenant);
    writers.have_written(200).await;
    cluster.open_slot(slot, 0, 1).await;
    cluster.move_keys(slot, 0, 1).await;
    cluster.close_slot(slot, 0, 1).await;
    writers.have_written(200).await;
    let (tenant, told) = writers.stop().await;
    writers::check(&store, &tenant, &told).await;
    Ok(())
}

#[tokio::test]
async fn a_slot_on_its_way_is_found() -> Result<()> {
    let cluster = Cluster::start().await;
    let store = connect(&cluster.url()).await?;
    let tenant = cluster.tenant(0).await;
    let slot = cluster.slot(&tenant).await;
    let before = put(&store, &tenant, "things/one").await?;
    cluster.open_slot(slot, 0, 1).await;
    cluster.move_keys(slot, 0, 1).await;
    assert!(has(&store, &tenant, "things/one").await?);
    // The other server learns the script on the way.
    let Taken { granted, .. } = store.take(&tenant, "calls", 1, 1.0, 1).await?;
    assert_eq!(granted, 1);
    // With keys on both sides a commit has to wait until the slot has arrived.
    let meanwhile = put(&store, &tenant, "things/two").await;
    assert_eq!(refused(meanwhile), Kind::Unavailable);
    cluster.close_slot(slot, 0, 1).await;
    let after = put(&store, &tenant, "things/two").await?;
    assert!(after > before && has(&store, &tenant, "things/one").await?);
    Ok(())
}

/// Nothing tells that it will not answer, and calls must not wait for it for ever.
#[tokio::test]
async fn a_frozen_primary_is_given_up() -> Result<()> {
    let cluster = Cluster::start_with_replica().await;
    let store = connect(&cluster.url()).await?;
    let writers = Writers::start(&store, &cluster.tenant(0).await);
    writers.have_written(200).await;
    cluster.servers[0].freeze();
    cluster.is_promoted(3).await;
    writers.have_written(200).await;
    let (_, told) = writers.stop().await;
    assert!(!told.in_doubt.is_empty());
    Ok(())
}

/// The primary goes without a word, and its replica with its copies takes over.
#[tokio::test]
async fn copied_commits_survive_their_primary() -> Result<()> {
    let mut cluster = Cluster::start_with_replica().await;
    let store = connect(&format!("{}?replicas=1", cluster.url())).await?;
    let tenant = cluster.tenant(0).await;
    let writers = Writers::start(&store, &tenant);
    writers.have_written(200).await;
    cluster.servers[0].kill();
    cluster.is_promoted(3).await;
    // The old primary comes back as a replica: now there are two copies again.
    cluster.servers[0].restart().await;
    cluster.servers[0].has_caught_up().await;
    writers.have_written(200).await;
    let (tenant, told) = writers.stop().await;
    writers::check(&store, &tenant, &told).await;
    Ok(())
}

#[tokio::test]
async fn a_commit_without_its_copies_is_in_doubt() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let store = connect(&format!("{}?replicas=1", server.url())).await?;
    let tenant = Tenant::parse("default")?;
    let started = Instant::now();
    let error = put(&store, &tenant, "things/one").await.expect_err("alone");
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(error.to_string().contains("may have been applied"));
    assert!(started.elapsed() < Duration::from_secs(3));
    // Which it has, on the primary.
    assert!(has(&store, &tenant, "things/one").await?);
    Ok(())
}

/// It knows beforehand, so nothing is in doubt.
#[tokio::test]
async fn a_primary_may_insist_on_its_replicas() -> Result<()> {
    let server = Server::start(DURABLE).await;
    let insist = ["CONFIG", "SET", "min-replicas-to-write", "1"];
    server.must(&insist).await;
    let store = connect(&format!("{}?replicas=1", server.url())).await?;
    let tenant = Tenant::parse("default")?;
    let error = put(&store, &tenant, "things/one").await.expect_err("alone");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(!error.to_string().contains("may have been applied"));
    assert!(!has(&store, &tenant, "things/one").await?);
    Ok(())
}

/// Also at servers that no seed named.
#[tokio::test]
async fn a_user_needs_few_rights_more_than_on_one_server() -> Result<()> {
    let cluster = Cluster::start().await;
    let seed = cluster.url().split(',').next().expect("a seed").to_owned();
    let url = format!("{}?replicas=0", seed.replace("://", "://phonebook:secret@"));
    let tenant = cluster.tenant(2).await;
    let rights = "on >secret ~sb:* &sb:hints -@all +@read +@write +@scripting +@connection +@pubsub \
                  -@dangerous +time +info +config|get";
    for (more, works) in [("-cluster", false), ("+cluster|slots", true)] {
        for server in &cluster.servers {
            let words = ["ACL", "SETUSER", "phonebook"].into_iter();
            let words: Vec<&str> = words
                .chain(rights.split_whitespace())
                .chain([more])
                .collect();
            server.must(&words).await;
        }
        let outcome = connect(&url).await;
        if works {
            put(&*outcome?, &tenant, "things/one").await?;
        } else {
            assert_eq!(refused(outcome), Kind::Invalid);
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_primary_must_be_durable() -> Result<()> {
    let cluster = Cluster::start_with_replica().await;
    let (weak, strong) = (
        ["CONFIG", "SET", "appendfsync", "everysec"],
        ["CONFIG", "SET", "appendfsync", "always"],
    );
    cluster.servers[2].must(&weak).await;
    let error = connect(&cluster.url()).await.err().expect("refused");
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.to_string().contains("appendfsync to always"));
    cluster.servers[2].must(&strong).await;
    let store = connect(&cluster.url()).await?;

    // One that becomes a primary later.
    cluster.servers[3].must(&weak).await;
    cluster.hand_over(0, 3).await;
    let tenant = cluster.tenant(0).await;
    let message = eventually(PATIENCE, "the new primary is refused", async || {
        put(&store, &tenant, "things/one").await.err()
    })
    .await;
    assert_eq!(message.kind(), Kind::Unavailable);
    assert!(message.to_string().contains("appendfsync to always"));
    cluster.servers[3].must(&strong).await;
    put(&store, &tenant, "things/one").await?;
    Ok(())
}

#[tokio::test]
async fn one_seed_that_answers_is_enough() -> Result<()> {
    let mut cluster = Cluster::start_with_replica().await;
    let url = cluster.url();
    cluster.servers[0].kill();
    cluster.is_promoted(3).await;
    let store = eventually(PATIENCE, "the cluster serves again", async || {
        connect(&url).await.ok()
    })
    .await;
    let tenant = cluster.tenant(1).await;
    put(&store, &tenant, "things/one").await?;
    Ok(())
}

#[tokio::test]
async fn no_cluster_is_refused() {
    let mut server = Server::start(DURABLE).await;
    let url = server.url().replace("redis://", "redis+cluster://");
    assert_eq!(refused(connect(&url).await), Kind::Invalid);
    server.kill();
    assert_eq!(refused(connect(&url).await), Kind::Unavailable);
}

/// Its pages may be on either server.
#[tokio::test]
async fn an_index_on_its_way_is_refused_whole() -> Result<()> {
    const KEYS: usize = 1_000;
    let cluster = Cluster::start().await;
    let store = connect(&cluster.url()).await?;
    let tenant = cluster.tenant(0).await;
    let slot = cluster.slot(&tenant).await;
    let some = |from: usize| {
        batch(|b| {
            let keys = (from..from + KEYS).map(|n| format!("things/{:04}", n * 7 % (2 * KEYS)));
            b.indexed.extend(keys);
        })
    };
    let all = Query {
        prefix: "things/".to_owned(),
        limit: MAX_PAGE,
        read: Read::Strong,
        ..Query::default()
    };
    store.commit(&tenant, some(0)).await?;
    cluster.open_slot(slot, 0, 1).await;
    cluster.move_some(slot, 0, 1, 5).await;
    let written = store.commit(&tenant, some(KEYS)).await;
    assert_eq!(refused(written), Kind::Unavailable);
    let read = store.index(&tenant, all.clone()).await;
    assert_eq!(refused(read), Kind::Unavailable);
    cluster.move_keys(slot, 0, 1).await;
    let written = store.commit(&tenant, some(KEYS)).await;
    assert_eq!(refused(written), Kind::Unavailable);
    cluster.close_slot(slot, 0, 1).await;
    assert_eq!(store.index(&tenant, all.clone()).await?.keys.len(), KEYS);
    store.commit(&tenant, some(KEYS)).await?;
    let first = store.index(&tenant, all).await?;
    assert_eq!(first.next.as_deref(), Some("things/0999"));
    Ok(())
}
