//! Three brokers and a Redis Cluster, with pictures in a bucket: any one of these servers may die.

use crate::{BETWEEN, PATIENCE, WRITERS, bucket::Bucket, client, newcomer, ready, subscribed};
use end_to_end::{
    Client, Sink,
    account::{Load, audit},
    compose::{Compose, docker, is_healthy},
    eventually_within, story,
};

const OVERLAYS: [&str; 2] = ["deploy/compose/cluster.yml", "deploy/compose/s3.yml"];
const BROKERS: [&str; 3] = ["rabbitmq", "rabbitmq-2", "rabbitmq-3"];
/// Each with its copy; either may be the primary.
const PAIRS: [[&str; 2]; 3] = [
    ["redis", "redis-4"],
    ["redis-2", "redis-5"],
    ["redis-3", "redis-6"],
];

#[tokio::test(flavor = "multi_thread")]
async fn the_overlays_do_what_they_promise() {
    let bucket = Bucket::make().await;
    let compose = Compose::up(&OVERLAYS, &bucket.environment());
    let client = client(&compose);
    ready(&client).await;
    the_story_leaves_its_pictures_in_the_bucket(&compose, &client, &bucket).await;
    killing_any_server_loses_nothing(&compose, &client).await;
}

async fn the_story_leaves_its_pictures_in_the_bucket(
    compose: &Compose,
    client: &Client,
    bucket: &Bucket,
) {
    let sink = Sink::start_for("0.0.0.0", &compose.host).await;
    story::tell(client, &sink).await;
    assert!(bucket.objects().await > 1, "a picture and its variants");
}

async fn killing_any_server_loses_nothing(compose: &Compose, root: &Client) {
    let client = &newcomer(root).await;
    let sink = subscribed(compose, client).await;
    let load = Load::start(client, &compose.gateways(), WRITERS);
    for broker in BROKERS {
        load.advance(BETWEEN).await;
        kill_and_await(compose, &load, broker).await;
    }
    for pair in PAIRS {
        load.advance(BETWEEN).await;
        fail_over(compose, pair).await;
    }
    load.advance(BETWEEN).await;
    let account = load.finish().await;
    audit(client, &sink, &account.acknowledged).await;
    println!(
        "killed any server: {} writes acknowledged, {} tries refused, {} without an answer",
        account.acknowledged.len(),
        account.refusals.len(),
        account.unreached
    );
}

/// While it is away, the others serve. The next one may die when this one is back.
async fn kill_and_await(compose: &Compose, load: &Load, broker: &str) {
    let container = compose.containers(broker).remove(0);
    docker(&["kill", "--signal", "KILL", &container]);
    load.advance(BETWEEN).await;
    docker(&["start", &container]);
    eventually_within(PATIENCE, &format!("{broker} in the cluster"), async || {
        is_healthy(&container).then_some(())
    })
    .await;
}

/// The primary dies, its copy takes over, and the dead one returns as the copy.
async fn fail_over(compose: &Compose, [one, other]: [&str; 2]) {
    let (primary, replica) = if says(compose, one, "role:master") {
        (one, other)
    } else {
        (other, one)
    };
    let container = compose.containers(primary).remove(0);
    docker(&["kill", "--signal", "KILL", &container]);
    eventually_within(PATIENCE, &format!("{replica} takes over"), async || {
        says(compose, replica, "role:master").then_some(())
    })
    .await;
    docker(&["start", &container]);
    eventually_within(PATIENCE, &format!("{primary} copies"), async || {
        says(compose, primary, "master_link_status:up").then_some(())
    })
    .await;
}

/// Whether a store's server reports this of itself.
fn says(compose: &Compose, server: &str, line: &str) -> bool {
    let ask = format!(
        "REDISCLI_AUTH=$(cat /run/secrets/cluster_password) exec redis-cli -h {server} --user cluster info replication"
    );
    let told = compose.inside("redis-cluster", &["sh", "-c", &ask]);
    told.is_some_and(|told| told.contains(line))
}
