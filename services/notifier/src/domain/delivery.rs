//! One event on its way to one subscription.

use crate::domain::{
    attempt::{Attempt, Verdict},
    keys::SCOPE,
};
use contracts::{
    dead_letters::{DeadLetter, Redrive},
    deliveries::{self, DeliveryChanged},
};
use ports::{Recorded, Timestamp, TypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Message to the notifier: give a dead delivery another chance.
pub const REDRIVE: &str = "delivery.redrive.v1";

/// Attempts that stay listed, the latest; a round by the schedule and a few by hand.
const MAX_LISTED: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not tried yet.
    Pending,
    Retrying,
    Delivered,
    Dead,
}

impl Status {
    pub const WORDS: [&str; 4] = ["pending", "retrying", "delivered", "dead"];

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        serde_json::from_value(word.into()).ok()
    }
}

/// An event without its data: that is read anew for each attempt, since it may have been erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub id: String,
    pub source: String,
    #[serde(rename = "type")]
    pub event_type: String,
    pub subject: String,
    pub time: Timestamp,
    pub sequence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl From<&Recorded> for Envelope {
    fn from(recorded: &Recorded) -> Self {
        let event = &recorded.event;
        Self {
            id: event.id.clone(),
            source: event.source.clone(),
            event_type: event.event_type.clone(),
            subject: event.subject.clone(),
            time: event.time,
            sequence: recorded.sequence,
            traceparent: event.traceparent.clone(),
        }
    }
}

/// The stored item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: String,
    pub subscription_id: String,
    pub event: Envelope,
    pub status: Status,
    pub created_at: Timestamp,
    /// What the attempts are caused by: the fan-out, or whoever gave it another chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    #[serde(default)]
    pub next_attempt_at: Option<Timestamp>,
    /// All that were ever made; the earliest are no longer listed.
    #[serde(default)]
    pub attempts_made: u32,
    /// Failures in a row since the schedule was begun.
    #[serde(default)]
    pub failures: u32,
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Why it is dead, or what went wrong last.
    #[serde(default)]
    pub reason: Option<String>,
    /// The dead letter that speaks of it.
    #[serde(default)]
    pub dead_letter: Option<String>,
    /// What a newer version keeps here.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Delivery {
    #[must_use]
    pub fn new(event: Envelope, subscription_id: &str, now: Timestamp) -> Self {
        Self {
            id: TypeId::new("dlv").into(),
            subscription_id: subscription_id.to_owned(),
            event,
            status: Status::Pending,
            created_at: now,
            traceparent: None,
            next_attempt_at: Some(now),
            attempts_made: 0,
            failures: 0,
            attempts: Vec::new(),
            reason: None,
            dead_letter: None,
            unknown: Map::new(),
        }
    }

    /// Notes an attempt and what follows from it; gives the type of the event that tells of it.
    pub fn attempted(
        &mut self,
        attempt: Attempt,
        verdict: &Verdict,
        now: Timestamp,
    ) -> &'static str {
        self.attempts.push(attempt);
        if self.attempts.len() > MAX_LISTED {
            self.attempts.remove(0);
        }
        self.attempts_made = self.attempts_made.saturating_add(1);
        match verdict {
            Verdict::Delivered => {
                self.status = Status::Delivered;
                self.next_attempt_at = None;
                self.failures = 0;
                self.reason = None;
                deliveries::SUCCEEDED
            }
            Verdict::Retry { wait, reason } => {
                self.status = Status::Retrying;
                self.next_attempt_at = Some(now + *wait);
                self.failures = self.failures.saturating_add(1);
                self.reason = Some(reason.clone());
                deliveries::FAILED
            }
            Verdict::Dead { reason } => self.die(reason),
            Verdict::Gone => self.die("the receiver answered 410 and wants no more events"),
        }
    }

    /// Ends it without success; gives the type of the event that tells of it.
    pub fn die(&mut self, reason: &str) -> &'static str {
        self.status = Status::Dead;
        self.next_attempt_at = None;
        self.reason = Some(reason.to_owned());
        deliveries::DEAD
    }

    /// Begins the schedule anew; gives the dead letter that has lost its point.
    pub fn retry(&mut self, now: Timestamp) -> Option<String> {
        self.status = Status::Pending;
        self.next_attempt_at = Some(now);
        self.failures = 0;
        self.reason = None;
        self.dead_letter.take()
    }

    #[must_use]
    pub fn changed(&self) -> DeliveryChanged {
        DeliveryChanged {
            delivery_id: self.id.clone(),
            subscription_id: self.subscription_id.clone(),
            event_id: self.event.id.clone(),
            attempts: self.attempts_made,
            reason: self.reason.clone(),
        }
    }

    /// Makes the dead letter of a dead delivery.
    pub fn put_aside(&mut self, now: Timestamp) -> DeadLetter {
        let id = String::from(TypeId::new("dl"));
        self.dead_letter = Some(id.clone());
        DeadLetter {
            id: id.clone(),
            kind: "delivery".to_owned(),
            service: SCOPE.to_owned(),
            delivery_id: Some(self.id.clone()),
            subscription_id: Some(self.subscription_id.clone()),
            reason: self.reason.clone().unwrap_or_default(),
            at: now.to_string(),
            redrive: Redrive {
                to: SCOPE.to_owned(),
                event_id: id,
                event_type: REDRIVE.to_owned(),
                source: format!("/{SCOPE}"),
                subject: self.id.clone(),
                data: json!({ "delivery_id": self.id }),
                traceparent: self.event.traceparent.clone(),
            },
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::time::Duration;

    pub fn delivery() -> Delivery {
        let envelope = Envelope {
            id: "evt_1".to_owned(),
            source: "/phonebook".to_owned(),
            event_type: "contact.created.v1".to_owned(),
            subject: "con_1".to_owned(),
            time: Timestamp::from_millis(1_700_000_000_000),
            sequence: 42,
            traceparent: None,
        };
        Delivery::new(envelope, "sub_1", Timestamp(1_000_000))
    }

    fn attempt(status: u16) -> Attempt {
        Attempt {
            at: Timestamp(0),
            status: Some(status),
            latency_ms: 1,
            error: None,
            answer: None,
        }
    }

    fn retry() -> Verdict {
        Verdict::Retry {
            wait: Duration::from_secs(5),
            reason: "answered 500".to_owned(),
        }
    }

    #[test]
    fn a_failure_is_followed_by_a_wait_and_a_success_ends_it() {
        let mut delivery = delivery();
        let now = Timestamp(2_000_000);
        assert_eq!(
            delivery.attempted(attempt(500), &retry(), now),
            deliveries::FAILED
        );
        assert_eq!(delivery.status, Status::Retrying);
        assert_eq!(delivery.next_attempt_at, Some(Timestamp(7_000_000)));
        assert_eq!(delivery.failures, 1);
        let told = delivery.attempted(attempt(200), &Verdict::Delivered, now);
        assert_eq!(told, deliveries::SUCCEEDED);
        assert_eq!(
            (delivery.status, delivery.next_attempt_at),
            (Status::Delivered, None)
        );
        assert_eq!(delivery.changed().attempts, 2);
    }

    #[test]
    fn a_dead_delivery_is_put_aside_and_can_be_tried_again_from_the_start() {
        let mut delivery = delivery();
        delivery.failures = 3;
        let dead = Verdict::Dead {
            reason: "answered 500".to_owned(),
        };
        assert_eq!(
            delivery.attempted(attempt(500), &dead, Timestamp(0)),
            deliveries::DEAD
        );
        let letter = delivery.put_aside(Timestamp(0));
        assert_eq!(letter.delivery_id.as_deref(), Some(delivery.id.as_str()));
        assert_eq!(letter.reason, "answered 500");
        assert_eq!(letter.redrive.data["delivery_id"], delivery.id.as_str());
        assert_eq!(delivery.retry(Timestamp(9)), Some(letter.id));
        assert_eq!((delivery.status, delivery.failures), (Status::Pending, 0));
        assert_eq!(delivery.attempts.len(), 1, "what happened stays listed");
    }

    #[test]
    fn the_list_of_attempts_is_bounded() {
        let mut delivery = delivery();
        for status in 0..100 {
            delivery.attempted(attempt(status), &retry(), Timestamp(0));
        }
        assert_eq!(
            (delivery.attempts.len(), delivery.attempts_made),
            (MAX_LISTED, 100)
        );
        assert_eq!(delivery.attempts[MAX_LISTED - 1].status, Some(99));
    }

    #[test]
    fn fields_of_a_newer_version_survive() {
        let mut json = serde_json::to_value(delivery()).unwrap();
        json["colour"] = "red".into();
        let read: Delivery = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
    }
}
