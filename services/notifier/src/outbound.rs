//! Calls to endpoints outside: where they may lead, how they are made, how many at once.

pub mod guard;
pub mod sender;
pub mod slots;
