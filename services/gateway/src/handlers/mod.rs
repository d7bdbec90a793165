//! What the gateway does later: sweeping uploads that nobody took or went on with, erasing tenants.

pub mod erase;
pub mod leftovers;
pub mod own;
pub mod sweep;
