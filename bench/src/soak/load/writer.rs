use super::Shared;
use crate::{
    contacts::{Created, PATH},
    http::Answer,
    soak::caller::Caller,
};
use std::{rc::Rc, time::Instant};
use tokio::time::Interval;

/// Creates contacts, each with a name and an idempotency key of its own, until the load ends.
pub async fn work(shared: Rc<Shared>, mut caller: Caller, mut turns: Interval, writer: usize) {
    for number in 0u64.. {
        turns.tick().await;
        if shared.stopped.get() {
            return;
        }
        let name = format!("w{writer}n{number}");
        shared.ledger.borrow_mut().begin(&name);
        let asked = Instant::now();
        let answer = create(&shared, &mut caller, &name).await;
        let mut ledger = shared.ledger.borrow_mut();
        if let Some(id) = created(&answer) {
            ledger.written(&name, &id);
            let mut outages = shared.outages.borrow_mut();
            outages.acknowledged(writer, asked, Instant::now());
            shared.acknowledged.notify_waiters();
        } else {
            ledger.wrong(format!("POST of {name}: {}", shown(&answer)));
        }
    }
}

async fn create(shared: &Shared, caller: &mut Caller, name: &str) -> Answer {
    let body = format!(r#"{{"name":{{"given":"{name}"}},"notes":"written by {name}"}}"#);
    let fields = [
        ("content-type", "application/json"),
        ("idempotency-key", name),
    ];
    let request =
        |target: &crate::http::Target| target.send_with("POST", PATH, &fields, body.as_bytes());
    shared.insist(caller, request).await
}

fn created(answer: &Answer) -> Option<String> {
    let created: Created = serde_json::from_slice(&answer.body).ok()?;
    (answer.status == 201).then_some(created.id)
}

/// The status and the beginning of the body.
pub fn shown(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let beginning: String = text.chars().take(300).collect();
    format!("{} {beginning}", answer.status)
}
