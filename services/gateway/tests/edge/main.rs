//! The gateway's edge in front of a service that knows more than JSON.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that is disappointed panics: that is how it says so"
)]

mod client;
mod dav;
mod forms;
mod gallery;
mod library;
mod parts;
mod resumable;
mod signed;
mod world;
