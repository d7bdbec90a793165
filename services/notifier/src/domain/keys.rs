//! Where the notifier's items lie in the store.

use ports::TypeId;

/// The service's name, its scope in the store and its consumer group.
pub const SCOPE: &str = "notifier";

pub const SUBSCRIPTIONS: &str = "notifier/subscription/";
pub const DELIVERIES: &str = "notifier/delivery/";

/// Put by every commit that changes a subscription: its version tells whether what one remembers still holds.
pub const REVISION: &str = "notifier/revision";

#[must_use]
pub fn subscription(id: &str) -> String {
    format!("{SUBSCRIPTIONS}{id}")
}

#[must_use]
pub fn delivery(id: &str) -> String {
    format!("{DELIVERIES}{id}")
}

/// Prefix of the empty items that list a subscription's deliveries.
#[must_use]
pub fn deliveries_of(subscription: &str) -> String {
    format!("notifier/by-subscription/{subscription}/")
}

/// The event's data, which its owner may erase at any time.
#[must_use]
pub fn event_data(subject: &str, sequence: u64) -> String {
    format!(
        "{}/{subject}/{}",
        ports::store::EVENTS_SCOPE,
        contracts::cloud_event::format_sequence(sequence)
    )
}

/// The id, if the text could be one.
#[must_use]
pub fn subscription_id(text: &str) -> Option<TypeId> {
    TypeId::parse("sub", text).ok()
}

#[must_use]
pub fn delivery_id(text: &str) -> Option<TypeId> {
    TypeId::parse("dlv", text).ok()
}
