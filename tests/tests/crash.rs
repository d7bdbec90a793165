//! kill -9 in the middle of load: of our processes, of RabbitMQ, of Redis. Afterwards every acknowledged write and every
//! event is accounted for.

use end_to_end::{
    Client, Sink, System,
    account::{Account, Load, audit},
};
use serde_json::json;

const WRITERS: usize = 16;
/// Writes between two crashes, so that each one hits a system at work.
const BETWEEN: usize = 150;

async fn subscribe(client: &Client, sink: &Sink) {
    let wanted =
        json!({ "event_types": ["contact.*"], "channel": "webhook", "endpoint": sink.url });
    client.post("/v1/subscriptions", &wanted).await.expect(201);
}

async fn settle(load: Load, system: &System, sink: &Sink) -> Account {
    let account = load.finish().await;
    audit(&system.client, sink, &account.acknowledged).await;
    println!(
        "{} writes acknowledged, {} tries refused, {} without an answer",
        account.acknowledged.len(),
        account.refused,
        account.unreached
    );
    account
}

#[tokio::test]
async fn embedded_loses_nothing_when_it_is_killed() {
    let (mut system, sink) = (System::embedded().await, Sink::start().await);
    subscribe(&system.client, &sink).await;
    let load = Load::start(&system.client, &system.gateways(), WRITERS);
    for _ in 0..4 {
        load.advance(BETWEEN).await;
        system.processes[0].restart().await;
    }
    load.advance(BETWEEN).await;
    settle(load, &system, &sink).await;
}

#[tokio::test]
async fn nothing_is_lost_when_services_are_killed() {
    let (mut system, sink) = (System::on_servers(2).await, Sink::start().await);
    subscribe(&system.client, &sink).await;
    let load = Load::start(&system.client, &system.gateways(), WRITERS);
    for service in [
        "phonebook",
        "notifier",
        "gateway",
        "image-resize",
        "phonebook",
    ] {
        load.advance(BETWEEN).await;
        system
            .of(service)
            .next()
            .expect("a process")
            .restart()
            .await;
    }
    load.advance(BETWEEN).await;
    settle(load, &system, &sink).await;
}

#[tokio::test]
async fn nothing_is_lost_when_the_broker_and_the_store_are_killed() {
    let (mut system, sink) = (System::on_servers(1).await, Sink::start().await);
    subscribe(&system.client, &sink).await;
    let load = Load::start(&system.client, &system.gateways(), WRITERS);
    load.advance(BETWEEN).await;
    system.redis.as_mut().expect("Redis").crash().await;
    load.advance(BETWEEN).await;
    system.rabbitmq.as_mut().expect("RabbitMQ").crash().await;
    load.advance(BETWEEN).await;
    settle(load, &system, &sink).await;
}

#[tokio::test]
async fn replacing_services_one_by_one_fails_no_request() {
    let (mut system, sink) = (System::on_servers(2).await, Sink::start().await);
    subscribe(&system.client, &sink).await;
    let load = Load::start(&system.client, &system.gateways(), WRITERS);
    for service in ["phonebook", "image-resize", "notifier"] {
        for copy in 0..2 {
            load.advance(BETWEEN).await;
            let process = system.of(service).nth(copy).expect("a process");
            assert_eq!(
                process.terminate().await,
                Some(0),
                "{service} drains and ends well"
            );
            process.restart().await;
            system.wait_until_instances(service, 2).await;
        }
    }
    load.advance(BETWEEN).await;
    let account = settle(load, &system, &sink).await;
    assert_eq!(account.refused + account.unreached, 0, "no request failed");
}
