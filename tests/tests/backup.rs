//! Backup and restore as docs/operations.md describes them: all that was there before is there again, on other servers,
//! and what was still to be done is done.

use end_to_end::{
    Client, Delivery, Sink, System,
    account::{Account, Load, audit},
    eventually, eventually_within, phone_photo,
    story::{self, Told},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// Deliveries that fail before the backup must not use their attempts up until it is restored.
const DELAYS: &str = "5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s";
const SLOW_RETRIES: (&str, &str) = ("SWITCHBOARD__NOTIFIER__RETRY_DELAYS", DELAYS);
const WRITERS: usize = 8;
const WRITES: usize = 60;
/// What the story leaves behind.
const SHOWN: [&str; 6] = [
    "/v1/contacts",
    "/v1/jobs",
    "/v1/keys",
    "/v1/subscriptions",
    "/v1/deliveries",
    "/v1/events?after=0&limit=500",
];

async fn show(client: &Client) -> Vec<Value> {
    let mut pages = Vec::new();
    for path in SHOWN {
        pages.push(client.get(path).await.expect(200).json());
    }
    pages
}

async fn subscribe(client: &Client, sink: &Sink, types: &[&str]) -> String {
    let wanted = json!({ "event_types": types, "channel": "webhook", "endpoint": sink.url });
    let made = client.post("/v1/subscriptions", &wanted).await.expect(201);
    made.json()["secret"].as_str().expect("a secret").to_owned()
}

/// One tenant with everything settled, and one whose webhooks have all failed so far.
struct Before {
    told: Told,
    sink: Sink,
    shown: Vec<Value>,
    other: Client,
    account: Account,
    secret: String,
    failing: Sink,
}

async fn live(system: &System) -> Before {
    let (sink, failing) = (Sink::start().await, Sink::start().await);
    let told = story::tell(&system.client, &sink).await;

    failing.answer_with(503);
    let (_, other) = system.client.with_new_tenant("other").await;
    let secret = subscribe(&other, &failing, &["contact.*"]).await;
    let load = Load::start(&other, &system.gateways(), WRITERS);
    load.advance(WRITES).await;
    let account = load.finish().await;
    Before {
        told,
        sink,
        shown: show(&system.client).await,
        other,
        account,
        secret,
        failing,
    }
}

/// What was shown before is shown again, word for word; what was due arrives, signed as ever; and life goes on.
async fn find_again(before: Before, restored: &System) {
    assert_eq!(show(&restored.client).await, before.shown);
    let other = before.other.at(&restored.client.url);
    audit(&other, &before.failing, &before.account.acknowledged).await;
    let deliveries = before.failing.deliveries();
    let signed = |delivery: &Delivery| delivery.is_signed_with(&before.secret);
    assert!(deliveries.iter().all(signed), "with the secret of before");

    let mut told = before.told;
    told.client = told.client.at(&restored.client.url);
    story::find_again(&told, &before.sink).await;
}

/// From here on the failing endpoint works, and only what comes from now on counts.
fn recover(before: &Before) {
    before.failing.answer_with(204);
    before.failing.forget();
}

async fn an_attempt_for_each(before: &Before) {
    eventually_within(PATIENCE, "an attempt for each write", async || {
        let attempts = before.failing.deliveries();
        (attempts.len() >= before.account.acknowledged.len()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_the_data_folder_is_the_whole_system() {
    let mut system = System::embedded_with(&[SLOW_RETRIES]).await;
    let before = live(&system).await;
    an_attempt_for_each(&before).await;
    system.stop().await;
    let backup = system.back_up().await;
    recover(&before);
    let restored = backup.restore_embedded().await;
    find_again(before, &restored).await;
}

#[tokio::test]
async fn a_copy_of_the_store_is_enough_when_the_broker_is_empty() {
    let mut system = System::on_servers_with(1, &[SLOW_RETRIES]).await;
    let before = live(&system).await;
    system.run_dry().await;
    let backup = system.back_up().await;
    recover(&before);
    let restored = backup.restore_on_an_empty_broker(&[SLOW_RETRIES]).await;
    find_again(before, &restored).await;
}

#[tokio::test]
async fn messages_in_the_broker_are_in_its_copy() {
    let mut system = System::on_servers_with(1, &[SLOW_RETRIES]).await;
    let mut before = live(&system).await;
    let notifier = system.of("notifier").next().expect("a notifier");
    assert_eq!(notifier.terminate().await, Some(0));
    // From here on nobody takes the notifier's events from the broker.
    let load = Load::start(&before.other, &system.gateways(), WRITERS);
    load.advance(WRITES).await;
    let mut more = load.finish().await;
    before.account.acknowledged.append(&mut more.acknowledged);
    let rabbitmq = system.rabbitmq.as_ref().expect("RabbitMQ");
    eventually("messages in the broker", async || {
        (rabbitmq.waiting() > 0).then_some(())
    })
    .await;
    system
        .processes
        .retain(|process| process.program != "notifier");
    system.stop().await;

    let backup = system.back_up().await;
    recover(&before);
    let restored = backup.restore_with_messages(&[SLOW_RETRIES]).await;
    find_again(before, &restored).await;
}

/// A consumer group that has never been there leaves its messages in the store; so they are in the store's copy.
#[tokio::test]
async fn what_was_not_relayed_yet_is_relayed_after_the_restore() {
    let mut system = System::on_servers_without("image-resize", &[]).await;
    let sink = Sink::start().await;
    subscribe(&system.client, &sink, &["contact.*", "image.*"]).await;
    let contact = system.client.new_contact("Zoë").await;
    let photo = format!("/v1/contacts/{contact}/photo");
    let accepted = system
        .client
        .upload(Method::PUT, &photo, "image/jpeg", phone_photo())
        .await
        .expect(202);
    let job = accepted.header("location").expect("a job").to_owned();
    eventually("the webhook of the contact", async || {
        (sink.types() == ["contact.created.v1"]).then_some(())
    })
    .await;
    system.run_dry().await;

    let backup = system.back_up().await;
    let restored = backup.restore_on_an_empty_broker(&[]).await;
    eventually_within(PATIENCE, "the photo's job", async || {
        let job = restored.client.get(&job).await.expect(200).json();
        (job["state"] == "succeeded").then_some(())
    })
    .await;
    eventually("the webhook of the photo", async || {
        let types = sink.types();
        let arrived = |wanted: &str| types.iter().any(|kind| kind == wanted);
        (arrived("image.ready.v1") && arrived("contact.updated.v1")).then_some(())
    })
    .await;
}
