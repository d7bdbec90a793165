//! The meaning of the store, held against Redis: against a server for each case, and against those that
//! `SWITCHBOARD_TEST_REDIS_URLS` names (comma-separated), which may be of other versions.

#![allow(clippy::expect_used)] // in the helpers of tests, too

mod common;

use common::{DURABLE, Server, cluster::Cluster};
use conformance::Fixture;
use ports::Store;
use redis_store::Options;
use std::{env, process::Command, sync::Arc};

/// Set for a run of the suite on one given server.
const GIVEN: &str = "SWITCHBOARD_TEST_REDIS_GIVEN";

async fn open(url: &str) -> Arc<dyn Store> {
    let options = Options {
        outbox_quota: conformance::store::OUTBOX_QUOTA as u64,
        ..Options::default()
    };
    redis_store::connect(url, options)
        .await
        .expect("the server can be used")
}

async fn make() -> Fixture<dyn Store> {
    if let Ok(url) = env::var(GIVEN) {
        return Fixture::new(open(&url).await, ());
    }
    let server = Server::start(DURABLE).await;
    Fixture::new(open(&server.url()).await, server)
}

mod suite {
    conformance::store_suite!(super::make);
}

fn run_suite(url: &str) {
    let run = Command::new(env::current_exe().expect("this program"))
        .arg("suite::")
        .env(GIVEN, url)
        .output()
        .expect("this program runs");
    let report = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{report}");
    assert!(!report.contains("running 0 tests"), "{report}");
}

#[test]
fn the_suite_holds_on_every_given_server() {
    let urls = env::var("SWITCHBOARD_TEST_REDIS_URLS").unwrap_or_default();
    for url in urls.split(',').filter(|url| !url.is_empty()) {
        run_suite(url);
    }
}

#[tokio::test]
async fn the_suite_holds_on_a_cluster() {
    run_suite(&Cluster::start().await.url());
}

/// Each commit in two places before its answer.
#[tokio::test]
async fn the_suite_holds_on_a_primary_with_a_replica() {
    let primary = Server::start(DURABLE).await;
    let replica = Server::start(DURABLE).await;
    replica.follow(&primary).await;
    run_suite(&format!("{}?replicas=1", primary.url()));
}
