//! What the notifier does when something happened, and when a delivery is due.

mod deliver;
mod events;
mod metrics;

pub use deliver::Deliver;
pub use events::Events;
pub use metrics::Metrics;
