//! kill -9 in the middle of load: of our processes, of RabbitMQ, of Redis. Afterwards every acknowledged write and every
//! event is accounted for.

use end_to_end::{
    Client, Sink, System,
    account::{Account, Load, audit, log},
    eventually_within, is_over, try_send,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write, time::Duration};

const WRITERS: usize = 16;
/// Writes between two crashes, so that each one hits a system at work.
const BETWEEN: usize = 150;

/// Rows of an import, several commits' worth.
const ROWS: usize = 4_000;
/// What a killed process had in hand is hidden from the others for half a minute.
const RESUMING: Duration = Duration::from_secs(120);

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
        account.refusals.len(),
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
    assert_eq!(account.refusals, [""; 0], "no request was refused");
    assert_eq!(account.unreached, 0, "no request went unanswered");
}

fn rows() -> String {
    let mut file = "name.given,phones.0.number\r\n".to_owned();
    for row in 0..ROWS {
        let _ = write!(file, "Row{row:04},+49 30 {:07}\r\n", 1_000_000 + row);
    }
    file
}

/// The job, as soon as it is as it should be.
async fn job_when(client: &Client, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually_within(RESUMING, "an import that goes on", async || {
        let answer = try_send(client.request(Method::GET, path)).await.ok()?;
        // While it is away there are answers, but no jobs.
        let job = (answer.status == 200).then(|| answer.json())?;
        is(&job).then_some(job)
    })
    .await
}

fn is_in_the_midst(job: &Value) -> bool {
    let done = job["done"].as_u64().expect("a number");
    assert!(!is_over(job), "too late to interrupt it: {job}");
    done > 0
}

/// Every row has become one contact, and each of them was announced once.
async fn all_rows_are_there_once(client: &Client, path: &str) {
    let job = job_when(client, path, is_over).await;
    assert_eq!(
        (&job["state"], &job["done"], &job["total"], &job["steps"]),
        (
            &json!("succeeded"),
            &json!(ROWS),
            &json!(ROWS),
            &json!([format!("{ROWS} created")])
        )
    );
    let names = client.names("limit=500").await;
    let expected: Vec<_> = (0..ROWS).map(|row| format!("Row{row:04}")).collect();
    assert_eq!(names, expected);
    let announced = log(client).await;
    let subjects: BTreeSet<_> = announced.iter().map(|(_, subject)| subject).collect();
    assert_eq!((announced.len(), subjects.len()), (ROWS, ROWS));
}

#[tokio::test]
async fn an_import_goes_on_after_its_process_was_killed() {
    let mut system = System::embedded().await;
    let client = system.client.clone();
    let path = client.begin_import("", "text/csv", rows().as_bytes()).await;
    job_when(&client, &path, is_in_the_midst).await;
    system.processes[0].restart().await;
    system.wait_until_ready().await;
    all_rows_are_there_once(&client, &path).await;
}

#[tokio::test]
async fn an_import_goes_on_in_another_process() {
    let mut system = System::on_servers(2).await;
    let client = system.client.clone();
    let path = client.begin_import("", "text/csv", rows().as_bytes()).await;
    job_when(&client, &path, is_in_the_midst).await;
    for process in system.of("phonebook") {
        process.kill().await;
    }
    for process in system.of("phonebook").skip(1) {
        process.restart().await;
    }
    all_rows_are_there_once(&client, &path).await;
}
