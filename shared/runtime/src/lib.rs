//! Runs services: feeds their routes with requests from the bus, their handlers with events and due items, and applies
//! what they return exactly once.
//!
//! A [`Service`] is a value; a [`Node`] is a process that runs one or several of them on whatever backends it is given.

pub mod admin;
mod backoff;
mod consumer;
mod ctx;
mod depth;
mod due;
mod early;
mod executor;
pub mod frame;
pub mod groups;
mod handling;
pub mod health;
mod intake;
mod invocation;
pub mod jobs;
mod marker;
pub mod membership;
mod metrics;
mod node;
mod plan;
mod relay;
mod requests;
mod service;
mod steps;
pub mod trace;
pub mod wire;

pub use backoff::Backoff;
pub use ctx::Ctx;
pub use early::Claim;
pub use health::Health;
pub use invocation::{Invocation, Reads, adopt};
pub use metrics::SECONDS;
pub use node::{Backends, Node};
pub use relay::FEED;
pub use service::{Consumer, DueHandler, EventHandler, Failure, Outcome, Service};
pub use steps::Steps;

/// How long a claimed due item is hidden from other instances, and the most that firing one may take.
pub const HOLD: std::time::Duration = std::time::Duration::from_secs(30);
