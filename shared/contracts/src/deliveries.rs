//! What `notifier` says about its own work.

use serde::{Deserialize, Serialize};

pub const SUCCEEDED: &str = "delivery.succeeded.v1";
pub const FAILED: &str = "delivery.failed.v1";
pub const DEAD: &str = "delivery.dead.v1";

/// Data of every `delivery.*` event. Deliveries' own events never match a subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliveryChanged {
    pub delivery_id: String,
    pub subscription_id: String,
    pub event_id: String,
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
