//! On the running compose project that the environment names: the story, scaling, replacing, killing and cutting off.
//! And on one with the overlays, which this test brings up itself.

#[path = "deployed/bucket.rs"]
mod bucket;
#[path = "deployed/cluster.rs"]
mod cluster;
#[path = "deployed/editors.rs"]
mod editors;
#[path = "deployed/replacing.rs"]
mod replacing;
// moto is installed in one way, whoever needs it.
#[path = "../../shared/blobs/tests/support/python.rs"]
mod python;

use end_to_end::{
    Client, Sink,
    account::{Load, audit},
    compose::{Compose, docker},
    eventually_within, story, try_send,
};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);
const WRITERS: usize = 8;
/// Writes between two disturbances, so that each one hits a system at work.
const BETWEEN: usize = 60;

fn client(compose: &Compose) -> Client {
    let gateways = compose.gateways();
    Client::new(gateways.first().expect("a gateway"), &compose.key)
}

async fn ready(client: &Client) {
    eventually_within(PATIENCE, "all services", async || {
        for path in ["/v1/subscriptions?limit=1", "/v1/contacts?limit=1"] {
            let answer = try_send(client.request(Method::GET, path)).await.ok()?;
            (answer.status == 200).then_some(())?;
        }
        Some(())
    })
    .await;
}

/// One test: its parts share the project, and the later ones disturb it.
#[tokio::test(flavor = "multi_thread")]
async fn the_compose_project_does_what_it_promises() {
    let compose = Compose::named();
    the_story_runs_and_survives_kill_9(&compose).await;
    replacing::scaling_and_replacing_fails_no_request(&compose).await;
    killing_and_cutting_off_loses_nothing(&compose).await;
}

async fn the_story_runs_and_survives_kill_9(compose: &Compose) {
    let client = client(compose);
    ready(&client).await;
    let sink = Sink::start_for("0.0.0.0", &compose.host).await;
    let mut told = story::tell(&client, &sink).await;
    compose.call(&["kill", "--signal", "KILL"]);
    compose.call(&["up", "--wait", "--detach"]);
    // The gateway gets another port of its range.
    let gateway = compose.gateways();
    told.client = told.client.at(gateway.first().expect("a gateway"));
    ready(&told.client).await;
    story::find_again(&told, &sink).await;
}

async fn subscribed(compose: &Compose, client: &Client) -> Sink {
    let sink = Sink::start_for("0.0.0.0", &compose.host).await;
    let wanted =
        json!({ "event_types": ["contact.*"], "channel": "webhook", "endpoint": sink.url });
    client.post("/v1/subscriptions", &wanted).await.expect(201);
    sink
}

/// An admin of a tenant that nobody has written to yet.
async fn newcomer(root: &Client) -> Client {
    root.with_new_tenant("newcomer").await.1
}

async fn killing_and_cutting_off_loses_nothing(compose: &Compose) {
    compose.call(&["up", "--wait", "--detach"]);
    let client = client(compose);
    ready(&client).await;
    let client = newcomer(&client).await;
    let sink = subscribed(compose, &client).await;
    let load = Load::start(&client, &compose.gateways(), WRITERS);
    for service in ["phonebook", "notifier", "redis", "rabbitmq", "gateway"] {
        load.advance(BETWEEN).await;
        let container = compose.containers(service).remove(0);
        docker(&["kill", "--signal", "KILL", &container]);
        docker(&["start", &container]);
        load.turn_to(&compose.gateways());
    }
    for service in ["notifier", "phonebook", "redis", "rabbitmq"] {
        load.advance(BETWEEN).await;
        let container = compose.containers(service).remove(0);
        compose.cut("inside", &container);
        tokio::time::sleep(Duration::from_secs(3)).await; // the length of the outage is the input
        compose.join("inside", service, &container);
    }
    load.advance(BETWEEN).await;
    let account = load.finish().await;
    let client = client.at(&compose.gateways()[0]);
    audit(&client, &sink, &account.acknowledged).await;
    println!(
        "killed and cut off: {} writes acknowledged, {} tries refused, {} without an answer",
        account.acknowledged.len(),
        account.refusals.len(),
        account.unreached
    );
}
