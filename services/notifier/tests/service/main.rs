//! The whole service on embedded backends, driven as the gateway drives it and seen as receivers see it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this crate is tests"
)]

mod subscriptions;
mod webhooks;
mod world;
