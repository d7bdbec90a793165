//! What reached the webhook.

use crate::sink::Book;
use serde::Deserialize;
use std::{cell::RefCell, collections::HashMap};

#[derive(Deserialize)]
struct Event {
    id: String,
}

/// Every delivery of one event: how often it came under which `webhook-id`.
type Arrived = HashMap<String, u64>;

#[derive(Default)]
pub struct Deliveries(RefCell<HashMap<String, Arrived>>);

impl Book for Deliveries {
    /// What is no event is passed over: a missing delivery shows in the account.
    fn note(&self, webhook_id: Option<&str>, body: &[u8]) {
        let (Some(webhook_id), Ok(event)) = (webhook_id, serde_json::from_slice::<Event>(body))
        else {
            return;
        };
        let mut all = self.0.borrow_mut();
        let arrived = all.entry(event.id).or_default();
        *arrived.entry(webhook_id.to_owned()).or_default() += 1;
    }
}

impl Deliveries {
    #[must_use]
    pub fn has(&self, event: &str) -> bool {
        self.0.borrow().contains_key(event)
    }

    /// Deliveries that came again as themselves, which receivers are told to expect.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        let all = self.0.borrow();
        all.values().flat_map(HashMap::values).map(|n| n - 1).sum()
    }

    /// Events that came under another `webhook-id` as well: no receiver can tell.
    #[must_use]
    pub fn doubled(&self) -> u64 {
        let all = self.0.borrow();
        all.values().map(|arrived| arrived.len() as u64 - 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_repetitions_from_doubles() {
        let deliveries = Deliveries::default();
        for (webhook_id, event) in [("d1", "e1"), ("d1", "e1"), ("d2", "e2"), ("d3", "e2")] {
            let body = format!(r#"{{"id":"{event}","subject":"s"}}"#);
            deliveries.note(Some(webhook_id), body.as_bytes());
        }
        assert_eq!((deliveries.repeated(), deliveries.doubled()), (1, 1));
        assert!(deliveries.has("e1") && !deliveries.has("e3"));
    }

    #[test]
    fn passes_over_what_is_no_delivery() {
        let deliveries = Deliveries::default();
        deliveries.note(None, br#"{"id":"e1"}"#);
        deliveries.note(Some("d1"), b"hello");
        assert!(!deliveries.has("e1"));
    }
}
