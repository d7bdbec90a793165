//! What callers see of what is stored.

use crate::domain::{
    attempt::Attempt,
    delivery::{self, Delivery},
    pattern::EventPattern,
    subscription::{self, Channel, Subscription},
};
use ports::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub struct SubscriptionView<'a> {
    id: &'a str,
    event_types: &'a [EventPattern],
    channel: Channel,
    endpoint: &'a str,
    description: Option<&'a str>,
    status: subscription::Status,
    disabled_reason: Option<&'a str>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: u64,
    /// Only when it has just been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl<'a> SubscriptionView<'a> {
    pub fn new(subscription: &'a Subscription) -> Self {
        Self {
            id: &subscription.id,
            event_types: &subscription.event_types,
            channel: subscription.channel,
            endpoint: subscription.endpoint.as_str(),
            description: subscription.description.as_deref(),
            status: subscription.status,
            disabled_reason: subscription.disabled_reason.as_deref(),
            created_at: subscription.created_at,
            updated_at: subscription.updated_at,
            version: subscription.version,
            secret: None,
        }
    }

    pub fn with_secret(self, secret: String) -> Self {
        Self {
            secret: Some(secret),
            ..self
        }
    }
}

#[derive(Serialize)]
pub struct DeliveryView<'a> {
    id: &'a str,
    subscription_id: &'a str,
    event_id: &'a str,
    event_type: &'a str,
    subject: &'a str,
    status: delivery::Status,
    reason: Option<&'a str>,
    attempts: Vec<AttemptView<'a>>,
    created_at: Timestamp,
    next_attempt_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct AttemptView<'a> {
    at: Timestamp,
    status: Option<u16>,
    latency_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> DeliveryView<'a> {
    /// `open` gives the answer of an attempt that had one; lists leave them out.
    pub fn new(delivery: &'a Delivery, open: impl Fn(&Attempt) -> Option<String>) -> Self {
        let attempts = delivery.attempts.iter().map(|attempt| AttemptView {
            at: attempt.at,
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            answer: open(attempt),
            error: attempt.error.as_deref(),
        });
        Self {
            id: &delivery.id,
            subscription_id: &delivery.subscription_id,
            event_id: &delivery.event.id,
            event_type: &delivery.event.event_type,
            subject: &delivery.event.subject,
            status: delivery.status,
            reason: delivery.reason.as_deref(),
            attempts: attempts.collect(),
            created_at: delivery.created_at,
            next_attempt_at: delivery.next_attempt_at,
        }
    }
}
