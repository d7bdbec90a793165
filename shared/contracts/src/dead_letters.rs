//! What could not be dealt with after every attempt: kept as an item, listed and redriven through the gateway.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Store key of a dead letter; the scope is shared by all services.
#[must_use]
pub fn key(id: &str) -> String {
    format!("dead-letters/{id}")
}

/// The message that gives the work another chance, sent by a redrive to the group that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Redrive {
    pub to: String,
    pub event_id: String,
    #[serde(rename = "type")]
    pub event_type: String,
    pub source: String,
    pub subject: String,
    pub data: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeadLetter {
    pub id: String,
    /// `event`, `due` or `delivery`.
    pub kind: String,
    /// The service whose work it was.
    pub service: String,
    #[serde(default)]
    pub delivery_id: Option<String>,
    #[serde(default)]
    pub subscription_id: Option<String>,
    pub reason: String,
    /// RFC 3339.
    pub at: String,
    pub redrive: Redrive,
}
