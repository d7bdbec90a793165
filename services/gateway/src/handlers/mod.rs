//! What the gateway does later: sweeping uploads that nobody took, erasing tenants.

pub mod erase;
pub mod sweep;
