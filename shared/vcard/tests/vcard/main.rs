//! What the crate promises, against cards in the manner of those who write them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cards;
mod contacts;
mod conversions;
mod corpus;
mod edits;
mod files;
mod hostile;
mod mutated;
mod values;
