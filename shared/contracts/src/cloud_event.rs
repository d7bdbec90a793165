//! `CloudEvents` 1.0 in JSON form, with the extensions `sequence`, `tenant` and `traceparent`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub const MEDIA_TYPE: &str = "application/cloudevents+json";
pub const BATCH_MEDIA_TYPE: &str = "application/cloudevents-batch+json";

/// One event as it is delivered to webhooks, feeds and consumer groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloudEvent {
    pub specversion: String,
    /// Stable across every redelivery and replay.
    pub id: String,
    /// The service that owns the subject, as a path: `/phonebook`.
    pub source: String,
    #[serde(rename = "type")]
    pub event_type: String,
    /// The id of the thing that the event is about.
    pub subject: String,
    /// RFC 3339 in UTC.
    pub time: String,
    pub datacontenttype: String,
    /// Absent when the data was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// Position in the tenant's log: 20 digits, so that it sorts as text.
    pub sequence: String,
    pub tenant: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// Between services only: the one group that a message is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl CloudEvent {
    /// The position as a number; 0 when it is not one.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.sequence.parse().unwrap_or(0)
    }
}

/// A log position in its outside form.
#[must_use]
pub fn format_sequence(position: u64) -> String {
    format!("{position:020}")
}
