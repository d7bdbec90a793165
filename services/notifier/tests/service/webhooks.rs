//! Events reach those who subscribed to them, signed, and however often it takes.

use crate::world::{
    World, eventually,
    sink::{Received, Sink},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// As a receiver would check it: one of the signatures must be right.
fn is_signed(received: &Received, secret: &str) -> bool {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let header = |name: &str| received.headers[name].clone();
    let signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(signed.as_bytes());
    mac.update(&received.body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    header("webhook-signature")
        .split(' ')
        .any(|signature| signature == expected)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {value}"))
}

#[tokio::test]
async fn an_event_arrives_signed_and_its_delivery_is_listed() {
    let (world, mut sink) = (World::new().await, Sink::with(200).await);
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    world.happen("image.ready.v1", "img_1", &json!({})).await;
    let event = world
        .happen("contact.created.v1", "con_1", &json!({"contact": {"n": 1}}))
        .await;
    let received = sink.next().await;
    assert_eq!(received.headers["webhook-id"], event);
    assert_eq!(
        received.headers["content-type"],
        "application/cloudevents+json"
    );
    assert!(received.headers["traceparent"].contains("4bf92f3577b34da6a3ce929d0e0e4736"));
    assert!(is_signed(&received, text(&subscription, "secret")));
    let body = received.json();
    assert_eq!(
        (text(&body, "type"), text(&body, "subject")),
        ("contact.created.v1", "con_1")
    );
    assert_eq!(body["data"], json!({"contact": {"n": 1}}));

    let delivery = world.delivery(&subscription, "delivered").await;
    assert_eq!(text(&delivery, "event_id"), event);
    let attempt = &delivery["attempts"][0];
    assert_eq!(
        (&attempt["status"], &attempt["answer"]),
        (&json!(200), &json!("thanks"))
    );
    assert_eq!(sink.drain(), 0, "the picture was not asked for");
}

#[tokio::test]
async fn a_subscription_to_everything_gets_one_message_for_one_event() {
    let (world, mut sink) = (World::new().await, Sink::with(200).await);
    world.subscribe(&["*"], &sink.url()).await;
    world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    sink.next().await;
    eventually(|| async {
        let log = world.log().await;
        log.iter()
            .any(|e| e.event.event_type == "delivery.succeeded.v1")
            .then_some(())
    })
    .await;
    // A later event goes through the same partitions; when it is there, an echo of the first would be too.
    world
        .happen("contact.updated.v1", "con_1", &json!({}))
        .await;
    assert_eq!(
        text(&sink.next().await.json(), "type"),
        "contact.updated.v1"
    );
    assert_eq!(sink.drain(), 0);
}

#[tokio::test]
async fn failures_are_tried_again_under_the_same_id() {
    let world = World::new().await;
    let mut sink = Sink::answering(|turn| (if turn == 0 { 500 } else { 204 }, String::new())).await;
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    let event = world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    for _ in 0..2 {
        assert_eq!(sink.next().await.headers["webhook-id"], event);
    }
    let delivery = world.delivery(&subscription, "delivered").await;
    let statuses: Vec<_> = delivery["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["status"].clone())
        .collect();
    assert_eq!(statuses, [500, 204]);
    let told: Vec<_> = world
        .log()
        .await
        .into_iter()
        .map(|e| e.event.event_type)
        .collect();
    assert_eq!(
        told,
        [
            "contact.created.v1",
            "delivery.failed.v1",
            "delivery.succeeded.v1"
        ]
    );
}

#[tokio::test]
async fn when_the_delays_are_used_up_it_is_dead_until_it_is_tried_again() {
    let world = World::new().await;
    let sink = Sink::answering(|turn| (if turn < 3 { 500 } else { 200 }, String::new())).await;
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    let dead = world.delivery(&subscription, "dead").await;
    assert_eq!(dead["attempts"].as_array().unwrap().len(), 3);
    assert_eq!(text(&dead, "reason"), "answered 500");
    let letters = ports::store::Query {
        prefix: "dead-letters/".to_owned(),
        limit: 10,
        ..Default::default()
    };
    let letters = world
        .store
        .query(&world.tenant, letters)
        .await
        .unwrap()
        .items;
    let letter: Value = serde_json::from_slice(&letters[0].1.value).unwrap();
    assert_eq!(letter["delivery_id"], dead["id"]);

    let again = world
        .call(
            "POST",
            &format!("/v1/deliveries/{}/retries", text(&dead, "id")),
            Value::Null,
        )
        .await;
    assert_eq!(
        (again.status, text(&again.json, "status")),
        (202, "pending")
    );
    let delivery = world.delivery(&subscription, "delivered").await;
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 4);
    assert!(
        !world.stored(&letters[0].0).await,
        "the dead letter went with the retry"
    );
}

#[tokio::test]
async fn a_redriven_dead_letter_gives_the_delivery_another_round() {
    let world = World::with(|settings| settings.notifier.retry_delays.0.clear()).await;
    let sink = Sink::answering(|turn| (if turn == 0 { 500 } else { 200 }, String::new())).await;
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    let dead = world.delivery(&subscription, "dead").await;
    let mut batch = ports::Batch::new();
    batch.event(ports::Event {
        id: "evt_redrive".to_owned(),
        event_type: "delivery.redrive.v1".to_owned(),
        source: "/gateway".to_owned(),
        subject: text(&dead, "id").to_owned(),
        time: ports::Timestamp::now(),
        traceparent: None,
        data: json!({"delivery_id": dead["id"]}).to_string().into(),
        to: Some("notifier".to_owned()),
    });
    world.store.commit(&world.tenant, batch).await.unwrap();
    assert_eq!(
        world.delivery(&subscription, "delivered").await["id"],
        dead["id"]
    );
}

#[tokio::test]
async fn gone_disables_the_subscription_until_its_owner_says_otherwise() {
    let world = World::new().await;
    let mut sink = Sink::answering(|turn| (if turn == 0 { 410 } else { 200 }, String::new())).await;
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    let uri = format!("/v1/subscriptions/{}", text(&subscription, "id"));
    world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    world.delivery(&subscription, "dead").await;
    let disabled =
        eventually(|| async { Some(world.get(&uri).await).filter(|s| s["status"] == "disabled") })
            .await;
    assert!(text(&disabled, "disabled_reason").contains("410"));
    world
        .happen("contact.updated.v1", "con_1", &json!({}))
        .await;
    let active = world.call("PATCH", &uri, json!({"status": "active"})).await;
    assert_eq!(
        (active.status, &active.json["disabled_reason"]),
        (200, &Value::Null)
    );
    sink.next().await;
    world
        .happen("contact.deleted.v1", "con_1", &json!({}))
        .await;
    assert_ne!(
        text(&sink.next().await.json(), "type"),
        "contact.created.v1"
    );
}

#[tokio::test]
async fn a_deleted_subscription_gets_nothing_more() {
    let world = World::with(|s| s.notifier.retry_delays.0 = vec![Duration::from_millis(500)]).await;
    let mut sink = Sink::with(500).await;
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    world.delivery(&subscription, "retrying").await;
    sink.next().await;
    let uri = format!("/v1/subscriptions/{}", text(&subscription, "id"));
    assert_eq!(world.call("DELETE", &uri, Value::Null).await.status, 204);
    assert_eq!(world.call("GET", &uri, Value::Null).await.status, 404);
    let dead = world.delivery(&subscription, "dead").await;
    assert_eq!(text(&dead, "reason"), "the subscription was deleted");
    assert_eq!(sink.drain(), 0);
    let retry = format!("/v1/deliveries/{}/retries", text(&dead, "id"));
    assert_eq!(world.call("POST", &retry, Value::Null).await.status, 409);
}

#[tokio::test]
async fn erased_data_is_neither_sent_again_nor_shown() {
    let world = World::new().await;
    let mut sink = Sink::answering(|_| (200, "you sent Zaphod".to_owned())).await;
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    world
        .happen("contact.created.v1", "con_1", &json!({"name": "Zaphod"}))
        .await;
    let delivery = world.delivery(&subscription, "delivered").await;
    assert_eq!(text(&delivery["attempts"][0], "answer"), "you sent Zaphod");
    assert_eq!(sink.next().await.json()["data"]["name"], "Zaphod");

    let sequence = contracts::cloud_event::format_sequence(world.log().await[0].sequence);
    let mut erasure = ports::Batch::new();
    erasure.delete(format!("events/con_1/{sequence}"));
    world.store.commit(&world.tenant, erasure).await.unwrap();
    let uri = format!("/v1/deliveries/{}", text(&delivery, "id"));
    assert!(world.get(&uri).await["attempts"][0].get("answer").is_none());
    assert_eq!(
        world
            .call("POST", &format!("{uri}/retries"), Value::Null)
            .await
            .status,
        202
    );
    assert!(sink.next().await.json().get("data").is_none());
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign() {
    let (world, mut sink) = (World::new().await, Sink::with(200).await);
    let subscription = world.subscribe(&["contact.*"], &sink.url()).await;
    let uri = format!("/v1/subscriptions/{}/secrets", text(&subscription, "id"));
    let rotated = world.call("POST", &uri, Value::Null).await;
    assert_eq!(rotated.status, 201);
    assert_ne!(rotated.json["secret"], subscription["secret"]);
    world
        .happen("contact.created.v1", "con_1", &json!({}))
        .await;
    let received = sink.next().await;
    assert!(is_signed(&received, text(&subscription, "secret")));
    assert!(is_signed(&received, text(&rotated.json, "secret")));
}

#[tokio::test]
async fn a_slow_endpoint_does_not_hold_up_another() {
    let world = World::new().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    world.subscribe(&["contact.*"], &silent_url).await;
    let mut sink = Sink::with(200).await;
    world.subscribe(&["contact.*"], &sink.url()).await;
    for n in 0..100 {
        world
            .happen("contact.created.v1", &format!("con_{n}"), &json!({}))
            .await;
    }
    for _ in 0..100 {
        sink.next().await;
    }
}
