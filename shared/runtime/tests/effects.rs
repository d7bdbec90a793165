//! Events and due items have their effect once, whoever comes and goes.
#![expect(
    clippy::expect_used,
    reason = "a test that is disappointed panics: that is how it says so"
)]

use async_trait::async_trait;
use bytes::Bytes;
use embedded::Embedded;
use ports::{
    Batch, Bus, Event, Item, Recorded, Store, Tenant, Timestamp, TypeId,
    store::{Put, Query},
};
use runtime::{
    Backends, Consumer, DueHandler, EventHandler, Failure, HOLD, Invocation, Node, Outcome,
    Service, wire,
};
use serde_json::json;
use settings::Millis;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);
const SCOPE: &str = "counting";

/// One store and one bus, on which nodes come and go.
struct World {
    embedded: Embedded,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let embedded = embedded::open(&folder.path().join("data")).expect("a store");
        Self { embedded, folder }
    }

    /// A node whose heart beats so seldom that it never looks at the others again.
    async fn node(&self, service: Service) -> Node {
        let settings = settings::Runtime {
            workers: 1,
            heartbeat: Millis(Duration::from_secs(3600)),
            ..settings::Runtime::default()
        };
        let backends = Backends {
            store: self.embedded.store.clone(),
            bus: self.embedded.bus.clone(),
            blobs: blobs::folder(&self.folder.path().join("blobs")).expect("a folder"),
        };
        Node::start(&settings, backends, vec![service])
            .await
            .expect("a node")
    }

    async fn commit(&self, tenant: &Tenant, batch: Batch) {
        let store = &self.embedded.store;
        store.commit(tenant, batch).await.expect("a commit");
    }

    /// The effects of the service so far: how often for each subject.
    async fn effects(&self, tenant: &Tenant) -> BTreeMap<String, usize> {
        let page = self.embedded.store.read_log(tenant, 0, 1_000);
        let mut effects = BTreeMap::new();
        for entry in page.await.expect("the log").events {
            if entry.event.event_type == "counted.v1" {
                *effects.entry(entry.event.subject).or_default() += 1;
            }
        }
        effects
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = tokio::time::timeout(PATIENCE, async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(waiting.await.is_ok(), "waited in vain for {what}");
    }

    /// Waits until nothing waits any more: not in the outbox, not in the due index.
    async fn until_quiet(&self, tenant: &Tenant) {
        let store = &self.embedded.store;
        self.until("quiet", async || {
            let outbox = store.read_outbox(tenant.shard(), 0, 1).await;
            let due = store.next_due(tenant.shard(), SCOPE).await;
            outbox.expect("the outbox").is_empty() && due.expect("the due index").is_none()
        })
        .await;
    }
}

fn service(name: &'static str) -> Service {
    Service {
        name,
        openapi: json!({ "openapi": "3.1.0", "info": { "title": name, "version": "1" }, "paths": {} }),
        routes: Arc::new(|_| {}),
        consumer: None,
        due: Vec::new(),
    }
}

/// Counts every event of type `happened.v1`, and every due item of its own.
fn counting() -> Service {
    Service {
        consumer: Some(Consumer {
            types: vec!["happened.*".to_owned()],
            partitions: 2,
            concurrency: 16,
            handler: Arc::new(Counting),
        }),
        due: vec![(SCOPE, Arc::new(Counting))],
        ..service(SCOPE)
    }
}

struct Counting;

fn counted(invocation: &Invocation, subject: &str) -> Result<Batch, Failure> {
    let mut batch = Batch::new();
    batch.event(invocation.event("counted.v1", subject, &json!({}))?);
    Ok(batch)
}

#[async_trait]
impl EventHandler for Counting {
    async fn handle(&self, invocation: &Invocation, event: &Recorded) -> Result<Outcome, Failure> {
        Ok(counted(invocation, &event.event.subject)?.into())
    }
}

#[async_trait]
impl DueHandler for Counting {
    async fn fire(&self, invocation: &Invocation, key: &str, _: &Item) -> Result<Outcome, Failure> {
        Ok(counted(invocation, key)?.into())
    }
}

fn happened(subject: &str) -> Event {
    Event {
        id: TypeId::new("evt").into(),
        event_type: "happened.v1".to_owned(),
        source: "/test".to_owned(),
        subject: subject.to_owned(),
        time: Timestamp::now(),
        traceparent: None,
        data: Bytes::from_static(b"{}"),
        to: None,
    }
}

fn tenant(name: &str) -> Tenant {
    Tenant::parse(name).expect("a tenant")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gets_all_that_is_committed_after_it_has_come() {
    let world = World::new();
    let early = world.node(service("early")).await;
    let late = world.node(counting()).await;
    // Shards of which the early process is in charge are among so many, and it has never seen the group.
    let tenants: Vec<_> = (0..32).map(|n| tenant(&format!("tenant-{n}"))).collect();
    for tenant in &tenants {
        let mut batch = Batch::new();
        batch.event(happened("thing"));
        world.commit(tenant, batch).await;
    }
    for tenant in &tenants {
        let once = BTreeMap::from([("thing".to_owned(), 1)]);
        world
            .until(&format!("the effect for {tenant}"), async || {
                world.effects(tenant).await == once
            })
            .await;
    }
    early.drain(PATIENCE).await;
    late.drain(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_again_has_no_second_effect() {
    let (world, tenant) = (World::new(), tenant("default"));
    let node = world.node(counting()).await;
    let copies = |subject: &str| {
        let recorded = Recorded {
            tenant: tenant.clone(),
            sequence: 1,
            event: happened(subject),
            erased: false,
        };
        wire::encode(&[&recorded, &recorded, &recorded]).expect("messages")
    };
    // Thrice in one message, in two messages, in two partitions: side by side as well as one after the other.
    let messages = [copies("one"), copies("two")].concat();
    for partition in [0, 1, 0, 1] {
        let bus = &world.embedded.bus;
        bus.publish(SCOPE, partition, messages.clone())
            .await
            .expect("published");
    }
    // A subject's events are handled in order: when the last has been, all have.
    let last = |n: u16| {
        wire::encode(&[&Recorded {
            tenant: tenant.clone(),
            sequence: 2,
            event: happened(&format!("last-{n}")),
            erased: false,
        }])
        .expect("a message")
    };
    for partition in [0, 1] {
        let bus = &world.embedded.bus;
        bus.publish(SCOPE, partition, last(partition))
            .await
            .expect("published");
    }
    world
        .until("the last effects", async || {
            world.effects(&tenant).await.len() == 4
        })
        .await;
    world.until_quiet(&tenant).await;
    node.drain(PATIENCE).await;
    let effects = world.effects(&tenant).await;
    assert!(effects.values().all(|count| *count == 1), "{effects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_item_fires_once_whoever_claims_it() {
    let (world, tenant) = (World::new(), tenant("default"));
    // Neither knows of the other for long, so both look after every shard for a while.
    let nodes = [world.node(counting()).await, world.node(counting()).await];
    for n in 0..50 {
        let mut batch = Batch::new();
        batch.put_item(Put {
            key: format!("{SCOPE}/{n}"),
            value: Bytes::new(),
            expires_at: None,
            due_at: Some(Timestamp::now()),
        });
        world.commit(&tenant, batch).await;
    }
    world
        .until("all effects", async || {
            world.effects(&tenant).await.len() == 50
        })
        .await;
    world.until_quiet(&tenant).await;
    for node in nodes {
        node.drain(PATIENCE).await;
    }
    let effects = world.effects(&tenant).await;
    assert!(effects.values().all(|count| *count == 1), "{effects:?}");
    let query = Query {
        prefix: format!("{SCOPE}/"),
        limit: 1_000,
        ..Query::default()
    };
    let items = world.embedded.store.query(&tenant, query).await;
    let items = items.expect("the items").items;
    let kept = items.iter().filter(|(key, _)| !key.contains("inbox"));
    assert_eq!(kept.count(), 50, "what the handler leaves alone stays");
}

/// Fires its new items at once though they are due already: the claim and the firing race.
struct Racing;

#[async_trait]
impl EventHandler for Racing {
    async fn handle(&self, _: &Invocation, event: &Recorded) -> Result<Outcome, Failure> {
        let key = format!("{SCOPE}/{}", event.event.subject);
        let mut batch = Batch::new();
        batch.put_item(Put {
            key: key.clone(),
            value: Bytes::new(),
            expires_at: None,
            due_at: Some(Timestamp::now()),
        });
        Ok(Outcome {
            batch,
            fire_now: vec![key],
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn firing_at_once_and_a_claim_have_one_effect() {
    assert!(
        HOLD > Duration::from_secs(1),
        "a claim outlives this test's race"
    );
    let (world, tenant) = (World::new(), tenant("default"));
    let mut racing = counting();
    if let Some(consumer) = &mut racing.consumer {
        consumer.handler = Arc::new(Racing);
    }
    let node = world.node(racing).await;
    for n in 0..50 {
        let mut batch = Batch::new();
        batch.event(happened(&format!("thing-{n}")));
        world.commit(&tenant, batch).await;
    }
    world
        .until("all effects", async || {
            world.effects(&tenant).await.len() == 50
        })
        .await;
    world.until_quiet(&tenant).await;
    node.drain(PATIENCE).await;
    let effects = world.effects(&tenant).await;
    assert!(effects.values().all(|count| *count == 1), "{effects:?}");
}
