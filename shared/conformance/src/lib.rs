//! The meaning of the ports as tests: one suite for each, which every adapter must pass.
//!
//! An adapter's tests give a maker and get one `#[test]` for each case, named after it:
//!
//! ```text
//! async fn make() -> conformance::Fixture<dyn ports::Store> { /* … */ }
//! conformance::store_suite!(make);
//! ```
//!
//! Cases name everything they touch freshly, so many can run at once against one server, and again on the
//! same server. They wait for things instead of sleeping. `docs/specs` says in words what they prove.

// This crate is test code: an expectation that does not hold panics.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

pub mod blobs;
pub mod bus;
mod expect;
mod fixture;
mod names;
pub mod store;
mod suite;
mod wait;

pub use expect::refused;
pub use fixture::Fixture;
pub use names::unique;
pub use suite::run;
pub use wait::{PATIENCE, eventually, stays_quiet, within};

#[cfg(test)]
mod specs;
