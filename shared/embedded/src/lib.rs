//! The store and the bus of one process, in a data folder.
//!
//! Everything durable (items, events, cursors, the messages of consumer groups) lives in one redb database and is
//! written by one thread, which puts whatever waits into one transaction: a single `fsync` acknowledges hundreds of
//! commits. The index keys are in a log-structured tree beside it, which follows a log in that database. Reads go straight to the last committed transaction. Requests, broadcasts, leases and token buckets are
//! worth nothing without the process that holds them, so they stay in memory.

mod bus;
mod clock;
mod codec;
mod envelope;
mod failure;
mod header;
mod index;
mod keys;
mod ledger;
mod open;
mod partition;
mod session;
mod store;
mod tables;
mod writer;

pub use bus::EmbeddedBus;
pub use open::{Embedded, Options, open, open_with};
pub use store::EmbeddedStore;
