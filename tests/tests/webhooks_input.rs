//! Webhooks whose receivers are wrong, away, broken or gone.

use end_to_end::{Client, Sink, System, eventually, eventually_within, send};
use reqwest::Method;
use serde_json::{Value, json};
use std::{net::TcpListener, time::Duration};

const QUICK: (&str, &str) = ("SWITCHBOARD__NOTIFIER__RETRY_DELAYS", "50ms,100ms");

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn subscribe(client: &Client, endpoint: &str, types: &[&str]) -> Value {
    let wanted = json!({ "event_types": types, "channel": "webhook", "endpoint": endpoint });
    let made = client.post("/v1/subscriptions", &wanted).await;
    made.expect(201).json()
}

/// The deliveries of this status, when there are so many.
async fn deliveries(client: &Client, status: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} {status} deliveries"), async || {
        let path = format!("/v1/deliveries?limit=500&status={status}");
        let listed = client.get(&path).await.expect(200).json();
        let listed = listed["data"].as_array()?.clone();
        (listed.len() == count).then_some(listed)
    })
    .await
}

async fn dead_letters(client: &Client) -> Vec<Value> {
    let listed = client.get("/v1/dead-letters").await.expect(200).json();
    listed["data"].as_array().expect("dead letters").clone()
}

/// Nobody listens there.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}/", listener.local_addr().expect("an address"))
}

#[tokio::test]
async fn an_unreachable_receiver_is_retried_then_dead_and_can_be_redriven() {
    let (system, sink) = (System::embedded_with(&[QUICK]).await, Sink::start().await);
    let client = &system.client;
    let subscription = subscribe(client, &closed_port(), &["contact.*"]).await;
    let contact = client.new_contact("Ada").await;
    let dead = deliveries(client, "dead", 1).await.remove(0);
    let path = format!("/v1/deliveries/{}", text(&dead["id"]));
    let shown = client.get(&path).await.expect(200).json();
    let attempts = shown["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 3, "{shown}");
    assert!(
        attempts.iter().all(|attempt| attempt["status"].is_null()),
        "{shown}"
    );
    let letter = dead_letters(client).await.remove(0);
    assert_eq!(letter["delivery_id"], dead["id"]);
    assert_eq!(letter["subscription_id"], subscription["id"]);
    assert_eq!(letter["kind"], "delivery");
    assert!(
        letter["reason"].is_string() && letter["at"].is_string(),
        "{letter}"
    );
    let told: Vec<_> = client
        .events("delivery.*")
        .await
        .iter()
        .map(|event| text(&event["type"]))
        .collect();
    assert_eq!(
        told,
        [
            "delivery.failed.v1",
            "delivery.failed.v1",
            "delivery.dead.v1"
        ]
    );

    let moved = format!("/v1/subscriptions/{}", text(&subscription["id"]));
    client
        .patch(&moved, &json!({ "endpoint": sink.url }))
        .await
        .expect(200);
    let redrive = format!("/v1/dead-letters/{}/redrives", text(&letter["id"]));
    client.post(&redrive, &json!({})).await.expect(202);
    client.post(&redrive, &json!({})).await.problem(404);
    deliveries(client, "delivered", 1).await;
    assert!(dead_letters(client).await.is_empty());
    let arrived = sink.deliveries();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].event()["subject"], contact.as_str());
    assert!(arrived[0].is_signed_with(&text(&subscription["secret"])));
}

#[tokio::test]
async fn a_broken_receiver_gets_what_it_missed_when_it_is_mended() {
    let (system, sink) = (System::embedded_with(&[QUICK]).await, Sink::start().await);
    let client = &system.client;
    let subscription = subscribe(client, &sink.url, &["contact.*"]).await;
    sink.answer_with(500);
    client.new_contact("Ada").await;
    client.new_contact("Bob").await;
    let dead = deliveries(client, "dead", 2).await;
    let ids: Vec<_> = sink
        .deliveries()
        .iter()
        .map(|delivery| delivery.id.clone())
        .collect();
    assert_eq!(ids.len(), 6);
    sink.answer_with(204);
    for letter in dead_letters(client).await {
        let redrive = format!("/v1/dead-letters/{}/redrives", text(&letter["id"]));
        client.post(&redrive, &json!({})).await.expect(202);
    }
    deliveries(client, "delivered", 2).await;
    // The very same events, under the same ids.
    for delivery in &sink.deliveries()[6..] {
        assert!(ids.contains(&delivery.id), "{delivery:?}");
        assert!(delivery.is_signed_with(&text(&subscription["secret"])));
    }
    let shown = client
        .get(&format!("/v1/deliveries/{}", text(&dead[0]["id"])))
        .await
        .expect(200)
        .json();
    let statuses: Vec<_> = shown["attempts"]
        .as_array()
        .expect("attempts")
        .iter()
        .map(|a| &a["status"])
        .collect();
    assert_eq!(statuses, [500, 500, 500, 204]);
}

#[tokio::test]
async fn a_receiver_that_is_away_for_a_while_is_retried() {
    let delays = ("SWITCHBOARD__NOTIFIER__RETRY_DELAYS", "100ms,200ms,30s");
    let (system, sink) = (System::embedded_with(&[delays]).await, Sink::start().await);
    let client = &system.client;
    subscribe(client, &sink.url, &["contact.*"]).await;
    for (done, status) in [500, 404, 301, 429].into_iter().enumerate() {
        sink.answer_with(status);
        let before = sink.deliveries().len();
        client.new_contact("Ada").await;
        eventually("the attempts before the long wait", async || {
            (sink.deliveries().len() >= before + 3).then_some(())
        })
        .await;
        sink.answer_with(200);
        let waiting = deliveries(client, "retrying", 1).await;
        let retry = format!("/v1/deliveries/{}/retries", text(&waiting[0]["id"]));
        client.post(&retry, &json!({})).await.expect(202);
        deliveries(client, "delivered", done + 1).await;
    }
    assert!(dead_letters(client).await.is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_called_no_more() {
    let (system, sink) = (System::embedded_with(&[QUICK]).await, Sink::start().await);
    let client = &system.client;
    let subscription = subscribe(client, &sink.url, &["contact.*"]).await;
    let path = format!("/v1/subscriptions/{}", text(&subscription["id"]));
    sink.answer_with(410);
    client.new_contact("Ada").await;
    let shown = eventually("a disabled subscription", async || {
        let shown = client.get(&path).await.expect(200).json();
        (shown["status"] == "disabled").then_some(shown)
    })
    .await;
    assert!(text(&shown["disabled_reason"]).contains("410"), "{shown}");
    sink.answer_with(204);
    // A second receiver tells when the event has been dealt out.
    let other = Sink::start().await;
    subscribe(client, &other.url, &["contact.*"]).await;
    client.new_contact("Bob").await;
    eventually("the next event elsewhere", async || {
        (other.deliveries().len() == 1).then_some(())
    })
    .await;
    assert_eq!(sink.deliveries().len(), 1);

    client
        .patch(&path, &json!({ "status": "active" }))
        .await
        .expect(200);
    client.new_contact("Cy").await;
    eventually("events again", async || {
        (sink.deliveries().len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn receivers_in_private_networks_are_refused() {
    let private = ("SWITCHBOARD__NOTIFIER__ALLOW_PRIVATE_NETWORKS", "false");
    let system = System::embedded_with(&[private]).await;
    let client = &system.client;
    let wanted = |endpoint: &str| json!({ "event_types": ["contact.*"], "channel": "webhook", "endpoint": endpoint });
    for endpoint in [
        "http://127.0.0.1:9000/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://127.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "https://user:pass@example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "example.com",
        "http://",
        "",
    ] {
        let answer = client.post("/v1/subscriptions", &wanted(endpoint)).await;
        assert_eq!(answer.sorted_faults(), ["#/endpoint"], "{endpoint}");
    }
    let made = client
        .post("/v1/subscriptions", &wanted("https://1.1.1.1/hook"))
        .await;
    let path = format!("/v1/subscriptions/{}", text(&made.expect(201).json()["id"]));
    let moved = client
        .patch(&path, &json!({ "endpoint": "http://127.0.0.1/" }))
        .await;
    assert_eq!(moved.sorted_faults(), ["#/endpoint"]);
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_old_one() {
    let (system, sink) = (System::embedded().await, Sink::start().await);
    let client = &system.client;
    let subscription = subscribe(client, &sink.url, &["contact.*"]).await;
    let path = format!("/v1/subscriptions/{}", text(&subscription["id"]));
    let secrets = format!("{path}/secrets");
    for bad in [
        json!([]),
        json!({ "secret": "short" }),
        json!({ "colour": 1 }),
    ] {
        client.post(&secrets, &bad).await.problem(400);
    }
    let rotated = client.post(&secrets, &json!({})).await;
    assert!(matches!(rotated.status, 200 | 201), "{rotated:?}");
    let (old, new) = (
        text(&subscription["secret"]),
        text(&rotated.json()["secret"]),
    );
    assert_ne!(old, new);
    client.new_contact("Ada").await;
    let delivery = eventually("a delivery", async || sink.deliveries().pop()).await;
    assert_eq!(delivery.signatures.len(), 2, "{delivery:?}");
    assert!(delivery.is_signed_with(&old) && delivery.is_signed_with(&new));
    for shown in [
        client.get(&path).await,
        client.get("/v1/subscriptions").await,
    ] {
        let shown = String::from_utf8(shown.expect(200).body).expect("UTF-8");
        assert!(!shown.contains("whsec_"), "a secret is shown once");
    }
}

#[tokio::test]
async fn a_subscription_to_everything_does_not_feed_itself() {
    let (system, sink) = (System::embedded().await, Sink::start().await);
    let client = &system.client;
    subscribe(client, &sink.url, &["*"]).await;
    sink.answer_with(500);
    client.new_contact("Ada").await;
    eventually("a failed attempt", async || {
        (!client.events("delivery.failed.v1").await.is_empty()).then_some(())
    })
    .await;
    sink.answer_with(204);
    deliveries(client, "delivered", 1).await;
    client.new_contact("Bob").await;
    deliveries(client, "delivered", 2).await;
    assert!(!client.events("delivery.succeeded.v1").await.is_empty());
    let listed = client
        .get("/v1/deliveries?limit=500")
        .await
        .expect(200)
        .json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2), "{listed}");
    assert!(
        sink.types().iter().all(|kind| kind == "contact.created.v1"),
        "{:?}",
        sink.types()
    );
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_given_up_in_time() {
    let timeout = ("SWITCHBOARD__NOTIFIER__TIMEOUT", "300ms");
    let system = System::embedded_with(&[QUICK, timeout]).await;
    let client = &system.client;
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}/", silent.local_addr().expect("an address"));
    subscribe(client, &endpoint, &["contact.*"]).await;
    client.new_contact("Ada").await;
    eventually_within(Duration::from_secs(15), "a dead delivery", async || {
        let listed = client
            .get("/v1/deliveries?status=dead")
            .await
            .expect(200)
            .json();
        (listed["data"].as_array()?.len() == 1).then_some(())
    })
    .await;
    // Another receiver does not wait behind it.
    let sink = Sink::start().await;
    subscribe(client, &sink.url, &["contact.*"]).await;
    client.new_contact("Bob").await;
    eventually_within(Duration::from_secs(5), "the other's delivery", async || {
        (sink.deliveries().len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_subscription_ends_its_deliveries() {
    let delays = (
        "SWITCHBOARD__NOTIFIER__RETRY_DELAYS",
        "300ms,300ms,300ms,300ms,300ms,300ms,300ms",
    );
    let (system, sink) = (System::embedded_with(&[delays]).await, Sink::start().await);
    let client = &system.client;
    let subscription = subscribe(client, &sink.url, &["contact.*"]).await;
    let path = format!("/v1/subscriptions/{}", text(&subscription["id"]));
    sink.answer_with(500);
    client.new_contact("Ada").await;
    deliveries(client, "retrying", 1).await;
    let stale = client
        .request(Method::DELETE, &path)
        .header("if-match", "\"stale\"");
    send(stale).await.problem(412);
    client.delete(&path).await.expect(204);
    client.get(&path).await.problem(404);
    let dead = deliveries(client, "dead", 1).await;
    let retry = format!("/v1/deliveries/{}/retries", text(&dead[0]["id"]));
    client.post(&retry, &json!({})).await.problem(409);
    assert!(dead_letters(client).await.is_empty(), "nothing to redrive");
}
