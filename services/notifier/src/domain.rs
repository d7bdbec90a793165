//! What the notifier knows, without touching the world: values in, values out.

pub mod address;
pub mod attempt;
pub mod delivery;
pub mod endpoint;
pub mod filing;
pub mod keys;
pub mod message;
pub mod pace;
pub mod pattern;
pub mod schedule;
pub mod sealing;
pub mod secret;
pub mod subscription;
