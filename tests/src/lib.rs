//! The harness of the end-to-end tests: real processes, real servers, HTTP from outside.

pub mod account;
mod address_book;
mod backup;
mod blobs;
pub mod bombs;
mod callers;
mod client;
pub mod compose;
mod dav;
pub mod otlp;
mod phonebook;
mod photo;
mod problem;
mod raw;
mod servers;
mod sink;
mod sse;
pub mod story;
mod system;
mod transfer;
mod wait;

pub use address_book::{AddressBook, Run};
pub use backup::Backup;
pub use blobs::blobs;
pub use client::{Answer, Client, send, try_send};
pub use dav::Changes;
pub use phonebook::{encoded, id_of};
pub use photo::phone_photo;
pub use raw::{RawAnswer, raw};
pub use servers::{RabbitMq, Redis, free_port};
pub use sink::{Delivery, Sink};
pub use sse::EventStream;
pub use system::{Process, System, binary};
pub use transfer::is_over;
pub use wait::{eventually, eventually_within};
