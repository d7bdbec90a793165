//! What the service keeps in the store, and the forms in which others see it.

mod image;
mod job;
mod view;

pub use image::{Facts, Found, Image, Ready, State, find, key};
pub use job::{close, queued};
pub use view::{changed, view};
