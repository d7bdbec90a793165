//! What the processes show of themselves: traces and metrics as a collector gets them, `/metrics`, and the log.

#[path = "telemetry/promised.rs"]
mod promised;
#[path = "telemetry/trail.rs"]
mod trail;

use end_to_end::{
    Answer, Client, Sink, System, eventually, eventually_within, free_port,
    otlp::{Collector, Metric},
    phone_photo, send,
};
use promised::{PROMISED, Promise};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use trail::{Trail, check_attempts};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
/// Nobody is called so, and no other text of ours contains it.
const GIVEN: &str = "Wilhelmina";
const FAMILY: &str = "Featherstonehaugh";
const PHONE: &str = "+49 30 901820";
const EMAIL: &str = "wilhelmina.f@example.com";
/// What only the owner of a subscription should know.
const PATH: &str = "token-in-the-path";

async fn subscribe(client: &Client, endpoint: &str) -> Value {
    let wanted =
        json!({ "event_types": ["contact.*"], "channel": "webhook", "endpoint": endpoint });
    client
        .post("/v1/subscriptions", &wanted)
        .await
        .expect(201)
        .json()
}

async fn create_contact(client: &Client, traceparent: Option<&str>) -> Answer {
    let contact = json!({
        "name": { "given": GIVEN, "family": FAMILY },
        "phones": [{ "number": PHONE, "type": "work" }],
        "emails": [{ "address": EMAIL }],
    });
    let mut request = client
        .request(Method::POST, "/v1/contacts")
        .header("content-type", "application/json")
        .body(contact.to_string());
    if let Some(traceparent) = traceparent {
        request = request.header("traceparent", traceparent);
    }
    send(request).await.expect(201)
}

/// The first delivery fails, the second does not; both are there when this returns.
async fn fail_once(sink: &Sink, before: usize) {
    eventually("the first attempt", async || {
        (sink.deliveries().len() > before).then_some(())
    })
    .await;
    sink.answer_with(204);
    eventually("the second attempt", async || {
        (sink.deliveries().len() > before + 1).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn one_trace_leads_from_the_request_to_the_last_webhook() {
    let (collector, sink) = (Collector::start().await, Sink::start().await);
    let mut environment = collector.environment();
    // Time enough between two attempts to change the sink's mind.
    environment.push(("SWITCHBOARD__NOTIFIER__RETRY_DELAYS", "2s,2s,2s"));
    let system = System::embedded_with(&environment).await;
    subscribe(&system.client, &sink.url).await;

    sink.answer_with(500);
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    create_contact(&system.client, Some(&traceparent)).await;
    fail_once(&sink, 0).await;
    let trail = Trail::complete(&collector, &sink.deliveries()[..2]).await;
    assert_eq!(trail.trace_id, TRACE, "the caller's trace goes on");
    check_attempts(&trail, CALLER, ["500", "204"]);

    sink.answer_with(500);
    create_contact(&system.client, None).await;
    fail_once(&sink, 2).await;
    let trail = Trail::complete(&collector, &sink.deliveries()[2..4]).await;
    assert_ne!(
        trail.trace_id, TRACE,
        "a request without a trace begins one"
    );
    check_attempts(&trail, "", ["500", "204"]);

    collector.stop().await;
    sink.stop().await;
}

#[actix_web::test]
async fn metrics_are_named_and_described_as_promised() {
    let (collector, sink) = (Collector::start().await, Sink::start().await);
    let admin = format!("127.0.0.1:{}", free_port());
    let mut environment = collector.environment();
    environment.push(("SWITCHBOARD__ADMIN__LISTEN", &admin));
    let system = System::embedded_with(&environment).await;
    let client = &system.client;
    do_everything(client, &sink).await;

    for promise in PROMISED {
        let metric = eventually(promise.name, async || {
            let metric = collector.metric(promise.name)?;
            (!metric.points.is_empty()).then_some(metric)
        })
        .await;
        check_metric(promise, &metric);
    }
    let promised: BTreeSet<_> = PROMISED.iter().map(|promise| promise.name).collect();
    let sent = collector.metric_names();
    let unknown: Vec<_> = sent
        .iter()
        .filter(|name| !promised.contains(name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "not promised, but sent: {unknown:?}");

    let admin = client.at(&format!("http://{admin}"));
    let text = send(admin.anonymous(Method::GET, "/metrics"))
        .await
        .expect(200);
    let text = String::from_utf8(text.body).expect("text");
    PROMISED
        .iter()
        .for_each(|promise| check_text(promise, &text));

    check_values(&collector).await;
    collector.stop().await;
    sink.stop().await;
}

/// A contact with a photo, a webhook that fails, works and is gone, an unknown path and an invented method.
async fn do_everything(client: &Client, sink: &Sink) {
    subscribe(client, &sink.url).await;
    sink.answer_with(500);
    let contact = create_contact(client, None).await.json();
    eventually("a failed attempt", async || {
        (!sink.deliveries().is_empty()).then_some(())
    })
    .await;
    sink.answer_with(204);
    let photo = tokio::task::spawn_blocking(phone_photo)
        .await
        .expect("a photo");
    let path = format!(
        "/v1/contacts/{}/photo",
        contact["id"].as_str().expect("an id")
    );
    let accepted = client
        .upload(Method::PUT, &path, "image/jpeg", photo)
        .await
        .expect(202);
    let job = accepted.header("location").expect("a job").to_owned();
    eventually_within(Duration::from_secs(60), "the photo's job", async || {
        let job = client.get(&job).await.expect(200).json();
        (job["state"] == "succeeded").then_some(())
    })
    .await;
    eventually("the contact's making and its photo delivered", async || {
        let path = "/v1/deliveries?status=delivered";
        let delivered = client.get(path).await.expect(200).json();
        (delivered["data"].as_array()?.len() == 2).then_some(())
    })
    .await;
    let thumb = eventually("a thumbnail", async || {
        let path = format!("/v1/contacts/{}", contact["id"].as_str()?);
        let contact = client.get(&path).await.expect(200).json();
        contact["photo"]["thumb"].as_str().map(str::to_owned)
    })
    .await;
    for _ in 0..3 {
        client.get(&thumb).await.expect(200);
    }
    sink.answer_with(410);
    create_contact(client, None).await;
    eventually("a dead delivery", async || {
        let dead = client.get("/v1/deliveries?status=dead").await.expect(200);
        (!dead.json()["data"].as_array()?.is_empty()).then_some(())
    })
    .await;
    client.get("/v1/nothing").await.expect(404);
    let invented = Method::from_bytes(b"BREW").expect("a method");
    send(client.request(invented, "/v1/contacts"))
        .await
        .expect(405);
}

fn check_metric(promise: &Promise, metric: &Metric) {
    let name = promise.name;
    assert_eq!(
        (metric.unit.as_str(), metric.kind),
        (promise.unit, promise.kind),
        "{name}"
    );
    for point in &metric.points {
        let has = |key: &&str| point.attributes.contains_key(*key);
        assert!(promise.attributes.iter().all(has), "{name}: {point:?}");
        let known = |key: &String| {
            promise.attributes.contains(&key.as_str()) || promise.sometimes.contains(&key.as_str())
        };
        assert!(point.attributes.keys().all(known), "{name}: {point:?}");
        if promise.kind == "histogram" {
            assert_eq!(point.bounds.len(), 14, "{name}");
            assert_eq!((point.bounds[0], point.bounds[13]), (0.001, 10.0), "{name}");
        }
    }
}

fn check_text(promise: &Promise, text: &str) {
    let Promise {
        prometheus, kind, ..
    } = promise;
    assert!(
        text.contains(&format!("# TYPE {prometheus} {kind}\n")),
        "{prometheus} as a {kind} in\n{text}"
    );
    let series = text.lines().find(|line| {
        let labels = |key: &&str| line.contains(&format!("{}=\"", key.replace('.', "_")));
        line.starts_with(prometheus) && promise.attributes.iter().all(labels)
    });
    assert!(series.is_some(), "{prometheus} with its labels in\n{text}");
}

/// Numbers that the requests made before must have led to.
async fn check_values(collector: &Collector) {
    let sum = |name: &str, wanted: &[(&str, &str)]| {
        let points = collector.metric(name).map(|metric| metric.points);
        let matching = points.unwrap_or_default().into_iter().filter(|point| {
            wanted
                .iter()
                .all(|(key, value)| point.attributes.get(*key).is_some_and(|v| v == value))
        });
        matching.map(|point| point.value).sum::<f64>()
    };
    let requests = "http.server.request.duration";
    let created = [
        ("http.request.method", "POST"),
        ("http.route", "/v1/contacts"),
        ("http.response.status_code", "201"),
    ];
    let invented = [
        ("http.request.method", "_OTHER"),
        ("http.response.status_code", "405"),
    ];
    eventually("the numbers", async || {
        let outcome = |outcome| sum("switchboard.webhook.duration", &[("switchboard.outcome", outcome)]);
        let kept = |result| sum("switchboard.blobs.cache.requests", &[("switchboard.cache.result", result)]);
        let runs = |service, trigger| {
            let of = [("faas.name", service), ("faas.trigger", trigger)];
            sum("faas.invoke_duration", &of)
        };
        let is = sum(requests, &created) == 2.0
            && sum(requests, &invented) == 1.0
            && sum("switchboard.image.pixels", &[]) == 4032.0 * 3024.0
            && kept("miss") == 1.0
            && kept("hit") == 2.0
            && outcome("retry") >= 1.0
            && outcome("delivered") >= 2.0
            && outcome("gone") == 1.0
            && sum("switchboard.dead_letters", &[("switchboard.dead_letter.kind", "delivery")]) == 1.0
            && runs("phonebook", "http") >= 3.0
            && runs("image-resize", "pubsub") >= 1.0
            && runs("notifier", "timer") >= 4.0
            && sum("messaging.client.sent.messages", &[("messaging.destination.name", "notifier")]) >= 4.0
            // At rest nothing runs and nothing waits.
            && sum("switchboard.function.active", &[]) == 0.0
            && sum("http.server.active_requests", &[]) == 0.0
            && sum("switchboard.outbox.oldest.age", &[]) == 0.0
            && sum("switchboard.queue.depth", &[]) == 0.0
            && sum("switchboard.queue.in_hand", &[]) == 0.0
            && sum("switchboard.queue.oldest.age", &[]) == 0.0;
        is.then_some(())
    })
    .await;
}

#[actix_web::test]
async fn logs_name_the_trace_but_nobody_and_no_secret() {
    let (collector, sink) = (Collector::start().await, Sink::start().await);
    let mut environment = collector.environment();
    environment.push(("SWITCHBOARD__NOTIFIER__RETRY_DELAYS", "100ms"));
    let system = System::on_servers_with(1, &environment).await;
    let key = json!({ "name": "telemetry", "scopes": ["contacts:read", "contacts:write", "subscriptions:write", "deliveries:read"] });
    let key = system
        .client
        .post("/v1/keys", &key)
        .await
        .expect(201)
        .json();
    let client = system
        .client
        .with_key(key["secret"].as_str().expect("a secret"));
    let endpoint = format!("{}/{PATH}?{PATH}", sink.url);
    let subscription = subscribe(&client, &endpoint).await;

    sink.answer_with(500);
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let contact = create_contact(&client, Some(&traceparent)).await.json();
    for query in [GIVEN, "901820", EMAIL] {
        client
            .get(&format!("/v1/contacts?q={query}"))
            .await
            .expect(200);
    }
    let refused = json!({ "name": { "given": GIVEN }, "emails": [{ "address": FAMILY }] });
    client.post("/v1/contacts", &refused).await.expect(400);
    let line = eventually("the log of the dead delivery", async || {
        let lines = system.logs().into_iter().map(|line| {
            serde_json::from_str::<Value>(&line).unwrap_or_else(|e| panic!("{e}: {line}"))
        });
        lines
            .into_iter()
            .find(|line| line["message"] == "a delivery is dead")
    })
    .await;
    assert_eq!(
        (&line["level"], &line["service"]),
        (&json!("WARN"), &json!("notifier"))
    );
    assert_eq!(line["trace_id"], TRACE);
    assert_eq!(line["span_id"].as_str().map(str::len), Some(16));

    let trail = Trail::complete(&collector, &sink.deliveries()).await;
    check_attempts(&trail, CALLER, ["500", "500"]);
    assert_eq!(
        trail.services_of_the_last_attempt(),
        ["notifier", "notifier", "notifier", "phonebook", "gateway"],
        "the trace goes through every process that had a part"
    );

    let secrets = [
        &key["secret"],
        &subscription["secret"],
        &contact["phones"][0]["e164"],
    ];
    let secrets = secrets.map(|secret| secret.as_str().expect("a text"));
    let hidden = [
        &secrets[..],
        &[
            GIVEN,
            FAMILY,
            PHONE,
            "901820",
            EMAIL,
            PATH,
            "end-to-end-tests-",
        ],
    ]
    .concat();
    for text in hidden {
        let shown = system
            .logs()
            .into_iter()
            .find(|line| contains(line.as_bytes(), text));
        assert_eq!(shown, None, "{text} is in the log");
        assert!(!contains(&collector.bytes(), text), "{text} was exported");
    }
    collector.stop().await;
    sink.stop().await;
}

/// Whatever the case.
fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}
