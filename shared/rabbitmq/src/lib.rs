//! The message bus on RabbitMQ 3.10 and 4.x. The semantics are those of [`ports::Bus`]; this is how they are kept:
//!
//! - Publishing and consuming have a connection each, for a broker that blocks publishers reads nothing more from them.
//! - Requests and replies travel many to a message ([`batch`]), events one to a message with confirms.
//! - A request queue is on one node of a cluster. While that is away, its servers make it anew on another node or,
//!   where the broker forbids that, serve a stand-in, to which callers send what the broker has given back.
//! - Recovery is not the client library's: whoever uses a channel opens another when it dies, and sets up again what
//!   it needs there, prefetch included. Nothing is ever sent twice by the bus.

mod backoff;
mod batch;
mod broadcast;
mod bus;
mod calls;
mod consumer;
mod core;
mod error;
mod lane;
mod link;
mod names;
mod options;
mod outlet;
mod partition;
mod registry;
mod serve;
mod settle;
mod subscribe;
mod topology;

pub use bus::{RabbitBus, connect};
pub use options::Options;
