//! A webhook endpoint that checks signatures and remembers what it got.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

/// One request that arrived.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: String,
    pub timestamp: String,
    pub signatures: Vec<String>,
    pub content_type: String,
    pub traceparent: Option<String>,
    pub body: Vec<u8>,
}

impl Delivery {
    #[must_use]
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a CloudEvent")
    }

    /// Standard Webhooks 1.0: HMAC-SHA256 over id, timestamp and body, by the secret's bytes.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").expect("a whsec_ secret"))
            .expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(&self.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signatures.contains(&expected)
    }
}

#[derive(Clone)]
struct State {
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    status: Arc<AtomicU16>,
}

pub struct Sink {
    state: State,
    server: ServerHandle,
    pub url: String,
}

impl Sink {
    /// Listens on a free port of the loopback interface and answers 204.
    pub async fn start() -> Self {
        Self::start_for("127.0.0.1", "127.0.0.1").await
    }

    /// Listens on `interface`, for senders who know this machine as `host`.
    pub async fn start_for(interface: &str, host: &str) -> Self {
        let state = State {
            deliveries: Arc::default(),
            status: Arc::new(AtomicU16::new(204)),
        };
        let data = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(data.clone()))
                .default_service(web::to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind(format!("{interface}:0"))
        .expect("a free port");
        let url = format!("http://{host}:{}/hook", server.addrs()[0].port());
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            state,
            server: handle,
            url,
        }
    }

    /// From now on every delivery is answered so.
    pub fn answer_with(&self, status: u16) {
        self.state.status.store(status, Ordering::Relaxed);
    }

    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state
            .deliveries
            .lock()
            .expect("the deliveries")
            .clone()
    }

    /// Remembers nothing of what came before.
    pub fn forget(&self) {
        let mut deliveries = self.state.deliveries.lock().expect("the deliveries");
        deliveries.clear();
    }

    /// The deliveries' event types, in the order of arrival.
    #[must_use]
    pub fn types(&self) -> Vec<String> {
        self.deliveries()
            .iter()
            .map(|d| d.event()["type"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn receive(request: HttpRequest, body: web::Bytes, state: web::Data<State>) -> HttpResponse {
    let field = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    let delivery = Delivery {
        id: field("webhook-id").unwrap_or_default(),
        timestamp: field("webhook-timestamp").unwrap_or_default(),
        signatures: field("webhook-signature")
            .unwrap_or_default()
            .split(' ')
            .map(str::to_owned)
            .collect(),
        content_type: field("content-type").unwrap_or_default(),
        traceparent: field("traceparent"),
        body: body.to_vec(),
    };
    state
        .deliveries
        .lock()
        .expect("the deliveries")
        .push(delivery);
    HttpResponse::build(
        actix_web::http::StatusCode::from_u16(state.status.load(Ordering::Relaxed))
            .expect("a status"),
    )
    .finish()
}
