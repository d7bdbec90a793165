//! The service at work on embedded backends, a caller of its routes, and a receiver of its webhooks.

mod no_blobs;
pub mod sink;

use bytes::Bytes;
use ports::{
    Batch, Bus, Event, Recorded, Store, Tenant, Timestamp, TypeId, bus::ServiceQueue, store::Read,
};
use runtime::{
    Backends, Node,
    frame::{Request, RequestHead, Response},
};
use serde_json::{Value, json};
use settings::{Delays, Secret, Settings};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use web::{Principal, Scope, Scopes};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    queue: ServiceQueue,
    pub tenant: Tenant,
    _node: Node,
    _folder: TempDir,
}

pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub json: Value,
}

impl World {
    /// Private networks allowed, and retries after next to nothing.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            secrets_key: Some(Secret::new("k".repeat(32))),
            ..Settings::default()
        };
        settings.notifier.allow_private_networks = true;
        settings.notifier.retry_delays = Delays(vec![Duration::from_millis(20); 2]);
        adjust(&mut settings);
        let folder = tempfile::tempdir().expect("a folder");
        let embedded = embedded::open(folder.path()).expect("a store");
        let backends = Backends {
            store: embedded.store.clone(),
            bus: embedded.bus.clone(),
            blobs: Arc::new(no_blobs::NoBlobs),
        };
        let service = notifier::service(&settings).expect("the service");
        let queue = ServiceQueue {
            service: service.name.to_owned(),
            version: service.description().version,
        };
        let node = Node::start(&settings.runtime, backends, vec![service])
            .await
            .expect("a node");
        Self {
            store: embedded.store,
            bus: embedded.bus,
            queue,
            tenant: Tenant::parse("default").expect("a tenant"),
            _node: node,
            _folder: folder,
        }
    }

    pub async fn call(&self, method: &str, uri: &str, body: Value) -> Answer {
        self.call_as(Scopes::admin(), method, uri, &[], body).await
    }

    pub async fn call_as(
        &self,
        scopes: Scopes,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let request = Request {
            head: RequestHead {
                method: method.to_owned(),
                uri: uri.to_owned(),
                headers: headers.collect(),
                principal: Principal {
                    tenant: self.tenant.clone(),
                    key_id: "key_1".to_owned(),
                    scopes,
                    root: false,
                },
                request_id: TypeId::new("req").into(),
                traceparent: None,
                upload: None,
            },
            body: if body.is_null() {
                Bytes::new()
            } else {
                body.to_string().into()
            },
        };
        let frame = request.encode().expect("a frame");
        let answer = self
            .bus
            .call(&self.queue, frame, PATIENCE)
            .await
            .expect("an answer");
        let response = Response::decode(answer).expect("a response");
        Answer {
            status: response.head.status,
            etag: response.header("etag").map(str::to_owned),
            json: serde_json::from_slice(&response.body).unwrap_or_default(),
        }
    }

    pub async fn get(&self, uri: &str) -> Value {
        let answer = self.call("GET", uri, Value::Null).await;
        assert_eq!(answer.status, 200, "{uri}: {}", answer.json);
        answer.json
    }

    /// A subscription with its secret.
    pub async fn subscribe(&self, types: &[&str], endpoint: &str) -> Value {
        let body = json!({"event_types": types, "channel": "webhook", "endpoint": endpoint});
        let answer = self.call("POST", "/v1/subscriptions", body).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        answer.json
    }

    /// Commits an event as its owner would; gives its id.
    pub async fn happen(&self, event_type: &str, subject: &str, data: &Value) -> String {
        let id = TypeId::new("evt").to_string();
        let mut batch = Batch::new();
        batch.event(Event {
            id: id.clone(),
            event_type: event_type.to_owned(),
            source: "/phonebook".to_owned(),
            subject: subject.to_owned(),
            time: Timestamp::now(),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            data: data.to_string().into(),
            to: None,
        });
        self.store
            .commit(&self.tenant, batch)
            .await
            .expect("a commit");
        id
    }

    /// The subscription's newest delivery, once it is in that state.
    pub async fn delivery(&self, subscription: &Value, status: &str) -> Value {
        let id = subscription["id"].as_str().expect("an id");
        let uri = format!("/v1/deliveries?subscription={id}&status={status}");
        eventually(|| async {
            let found = self.get(&uri).await["data"][0]["id"].clone();
            found.as_str().map(str::to_owned)
        })
        .await;
        let listed = self.get(&uri).await;
        let id = listed["data"][0]["id"]
            .as_str()
            .expect("still there")
            .to_owned();
        self.get(&format!("/v1/deliveries/{id}")).await
    }

    pub async fn log(&self) -> Vec<Recorded> {
        let page = self.store.read_log(&self.tenant, 0, 1_000).await;
        page.expect("the log").events
    }

    pub async fn stored(&self, key: &str) -> bool {
        let item = self.store.get(&self.tenant, key, Read::Strong).await;
        item.expect("a read").is_some()
    }
}

pub fn scopes(list: &[&str]) -> Scopes {
    Scopes(
        list.iter()
            .map(|scope| Scope::parse(scope).expect("a scope"))
            .collect(),
    )
}

/// Asks again and again until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let polling = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polling)
        .await
        .expect("it happens in time")
}
