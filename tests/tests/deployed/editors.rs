//! Callers who change and read one contact each, and want every answer right: nothing refused, not found or forgotten.

use end_to_end::{Client, try_send};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::task::JoinSet;

/// Editors at work.
pub struct Editors {
    client: Client,
    work: JoinSet<Result<usize, String>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    gateways: Mutex<Vec<Client>>,
}

impl Editors {
    pub async fn start(client: &Client, gateways: &[String], editors: usize) -> Self {
        let mut started = Self {
            client: client.clone(),
            work: JoinSet::new(),
            shared: Arc::default(),
        };
        started.turn_to(gateways);
        for _ in 0..editors {
            let made = started.client.post("/v1/contacts", &contact()).await;
            let made = made.expect(201).json();
            let shared = started.shared.clone();
            started.work.spawn(async move { shared.edit(made).await });
        }
        started
    }

    /// From their next request on they use these gateways.
    pub fn turn_to(&self, gateways: &[String]) {
        let clients = gateways.iter().map(|url| self.client.at(url)).collect();
        *self.shared.gateways.lock().expect("the gateways") = clients;
    }

    /// How many changes were made, or what was wrong.
    pub async fn finish(mut self) -> Result<usize, String> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut changes = 0;
        while let Some(editor) = self.work.join_next().await {
            changes += editor.expect("an editor that ends well")?;
        }
        Ok(changes)
    }
}

impl Shared {
    async fn edit(&self, mut expected: Value) -> Result<usize, String> {
        let path = format!("/v1/contacts/{}", expected["id"].as_str().expect("an id"));
        for change in 1.. {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(change - 1);
            }
            let patch = json!({ "custom": { "change": change.to_string() } });
            expected["custom"]["change"] = patch["custom"]["change"].clone();
            self.ask(change, Method::PATCH, &path, &patch).await?;
            let found = self.ask(change, Method::GET, &path, &Value::Null).await?;
            if facts(&found) != facts(&expected) {
                return Err(format!("expected {expected}, found {found}"));
            }
        }
        unreachable!("the changes do not end")
    }

    /// One try, at the gateways in turn.
    async fn ask(
        &self,
        turn: usize,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let client = {
            let gateways = self.gateways.lock().expect("the gateways");
            gateways[turn % gateways.len()].clone()
        };
        let mut request = client.request(method.clone(), path);
        if !body.is_null() {
            let patch = "application/merge-patch+json";
            request = request.header("content-type", patch).body(body.to_string());
        }
        match try_send(request).await {
            Ok(answer) if answer.status == 200 => Ok(answer.json()),
            Ok(answer) => Err(format!(
                "{method} {path} got {}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )),
            Err(error) => Err(format!("{method} {path} got no answer: {error}")),
        }
    }
}

/// With something in many of its fields.
fn contact() -> Value {
    json!({
        "name": { "given": "Zoë", "family": "Łukasz" },
        "nickname": "Zozo",
        "phones": [{ "number": "+49 30 901820", "type": "work" }],
        "emails": [{ "address": "zoe@example.com", "type": "home" }],
        "birthday": "1990-02-28",
        "notes": "every field has to stay",
        "custom": { "badge": "7" },
    })
}

/// All that an edit leaves as it is.
fn facts(contact: &Value) -> Value {
    let mut facts = contact.clone();
    if let Some(members) = facts.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "version" | "updated_at"));
    }
    facts
}
