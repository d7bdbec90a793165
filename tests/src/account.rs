//! Load that keeps accounts: writers who insist until each write is acknowledged, and an auditor who then checks that
//! nothing was lost, doubled or reordered.

use crate::{Client, Sink, client::try_send, wait::eventually_within};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Longest that one write may need, retries included.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries of a write.
const PAUSE: Duration = Duration::from_millis(50);
/// For the last events to arrive.
const SETTLING: Duration = Duration::from_secs(120);

/// Writers at work.
pub struct Load {
    client: Client,
    writers: JoinSet<()>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    gateways: Mutex<Vec<Client>>,
    acknowledged: Mutex<BTreeMap<String, String>>,
    refusals: Mutex<Vec<String>>,
    unreached: AtomicUsize,
}

/// What became of the writes.
pub struct Account {
    /// Names and ids of all contacts.
    pub acknowledged: BTreeMap<String, String>,
    /// Tries that got another answer than 201: status and body.
    pub refusals: Vec<String>,
    /// Tries that got no answer: the gateway was away.
    pub unreached: usize,
}

impl Load {
    /// `writers` clients post contacts, each with its own name and idempotency key, to all gateways in turn.
    pub fn start(client: &Client, gateways: &[String], writers: usize) -> Self {
        let mut load = Self {
            client: client.clone(),
            writers: JoinSet::new(),
            shared: Arc::default(),
        };
        load.turn_to(gateways);
        // An idempotency key is remembered, so no two loads may use the same.
        let load_id = rand::random::<u32>();
        for writer in 0..writers {
            let shared = load.shared.clone();
            load.writers.spawn(async move {
                let mut number = 0;
                while !shared.stop.load(Ordering::Relaxed) {
                    let name = format!("l{load_id}w{writer}n{number}");
                    let id = shared.insist(&name).await;
                    let mut acknowledged = shared.acknowledged.lock().expect("the account");
                    acknowledged.insert(name, id);
                    number += 1;
                }
            });
        }
        load
    }

    /// From the next try on the writers use these gateways.
    pub fn turn_to(&self, gateways: &[String]) {
        let clients = gateways.iter().map(|url| self.client.at(url)).collect();
        *self.shared.gateways.lock().expect("the gateways") = clients;
    }

    /// Tries so far that got another answer than 201: status and body.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        self.shared.refusals.lock().expect("the refusals").clone()
    }

    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.shared.acknowledged.lock().expect("the account").len()
    }

    /// Waits until so many more writes have been acknowledged: the system has come back.
    pub async fn advance(&self, more: usize) {
        let goal = self.acknowledged() + more;
        eventually_within(PATIENCE, "acknowledged writes", async || {
            (self.acknowledged() >= goal).then_some(())
        })
        .await;
    }

    /// Lets every writer finish the write it has in hand.
    pub async fn finish(mut self) -> Account {
        self.shared.stop.store(true, Ordering::Relaxed);
        while let Some(writer) = self.writers.join_next().await {
            writer.expect("a writer that ends well");
        }
        Account {
            acknowledged: self
                .shared
                .acknowledged
                .lock()
                .expect("the account")
                .clone(),
            refusals: self.refusals(),
            unreached: self.shared.unreached.load(Ordering::Relaxed),
        }
    }
}

impl Shared {
    /// Posts until a 201 comes, always with the same key; the contact's id.
    async fn insist(&self, name: &str) -> String {
        let body = json!({ "name": { "given": name }, "notes": format!("written by {name}") });
        let (body, deadline) = (body.to_string(), Instant::now() + PATIENCE);
        for turn in 0.. {
            let client = {
                let gateways = self.gateways.lock().expect("the gateways");
                gateways[turn % gateways.len()].clone()
            };
            let request = client
                .request(Method::POST, "/v1/contacts")
                .timeout(Duration::from_secs(10))
                .header("content-type", "application/json")
                .header("idempotency-key", name);
            match try_send(request.body(body.clone())).await {
                Ok(answer) if answer.status == 201 => {
                    return answer.json()["id"].as_str().unwrap_or_default().to_owned();
                }
                Ok(answer) => {
                    let may_be_tried_again =
                        matches!(answer.status, 409 | 429) || answer.status >= 500;
                    let body = String::from_utf8_lossy(&answer.body);
                    let refusal = format!("{}: {body}", answer.status);
                    assert!(may_be_tried_again, "{refusal}");
                    self.refusals.lock().expect("the refusals").push(refusal);
                }
                Err(_) => {
                    self.unreached.fetch_add(1, Ordering::Relaxed);
                }
            }
            assert!(
                Instant::now() < deadline,
                "the write {name} was not acknowledged within {PATIENCE:?}"
            );
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("the turns do not end")
    }
}

/// Every acknowledged write is there once, has one event in the log, in order, and reached the webhook.
pub async fn audit(client: &Client, sink: &Sink, acknowledged: &BTreeMap<String, String>) {
    let stored = contacts(client).await;
    assert_eq!(
        stored.len(),
        stored.values().collect::<BTreeSet<_>>().len(),
        "no two contacts of one name"
    );
    for (name, id) in acknowledged {
        assert_eq!(
            stored.get(id),
            Some(name),
            "the acknowledged write {name} is there"
        );
    }
    assert_eq!(
        stored.len(),
        acknowledged.len(),
        "each write made one contact"
    );

    let events = log(client).await;
    let mut subjects: HashMap<String, usize> = HashMap::new();
    for (_, subject) in &events {
        *subjects.entry(subject.clone()).or_default() += 1;
    }
    for id in acknowledged.values() {
        assert_eq!(subjects.get(id), Some(&1), "one contact.created for {id}");
    }
    assert!(
        events.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "sequences strictly increase"
    );

    let missing = || {
        let arrived: BTreeSet<String> = sink.deliveries().iter().map(subject).collect();
        let missing = acknowledged.values().filter(|id| !arrived.contains(*id));
        missing.cloned().collect::<Vec<_>>()
    };
    let settled = tokio::time::timeout(SETTLING, async {
        while !missing().is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
    });
    if settled.await.is_err() {
        let missing = missing();
        let known = deliveries_of(client, &missing).await;
        panic!(
            "{} of {} events did not reach the webhook within {SETTLING:?}: {missing:?}; their deliveries: {known:#?}",
            missing.len(),
            acknowledged.len()
        );
    }
    let mut ids: HashMap<String, BTreeSet<String>> = HashMap::new();
    for delivery in sink.deliveries() {
        ids.entry(subject(&delivery))
            .or_default()
            .insert(delivery.id);
    }
    assert!(
        ids.values().all(|ids| ids.len() == 1),
        "a repeated delivery keeps its id"
    );
}

fn subject(delivery: &crate::Delivery) -> String {
    delivery.event()["subject"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// What the notifier knows of the events of these subjects.
async fn deliveries_of(client: &Client, subjects: &[String]) -> Vec<Value> {
    let all = pages(client, "/v1/deliveries?limit=500", "cursor").await;
    let mut wanted = all;
    wanted.retain(|delivery| subjects.iter().any(|id| delivery["subject"] == **id));
    wanted
}

/// Ids and given names of all contacts.
async fn contacts(client: &Client) -> BTreeMap<String, String> {
    let pages = pages(client, "/v1/contacts?limit=500", "cursor").await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    pages
        .iter()
        .map(|contact| (text(&contact["id"]), text(&contact["name"]["given"])))
        .collect()
}

/// Sequence and subject of every `contact.created` in the log.
pub async fn log(client: &Client) -> Vec<(String, String)> {
    let pages = pages(
        client,
        "/v1/events?types=contact.created.*&limit=500",
        "after",
    )
    .await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    pages
        .iter()
        .map(|event| (text(&event["sequence"]), text(&event["subject"])))
        .collect()
}

async fn pages(client: &Client, path: &str, parameter: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), None::<String>);
    loop {
        let cursor = next
            .map(|next| format!("&{parameter}={next}"))
            .unwrap_or_default();
        let page = client
            .get(&format!("{path}{cursor}"))
            .await
            .expect(200)
            .json();
        all.extend(page["data"].as_array().cloned().unwrap_or_default());
        next = page["next_cursor"].as_str().map(str::to_owned);
        if next.is_none() {
            return all;
        }
    }
}
