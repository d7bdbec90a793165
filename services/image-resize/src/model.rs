//! What the service keeps in the store, and the forms in which others see it.

mod image;
pub mod job;
mod preset;
mod view;

pub use image::{Facts, Found, IMAGES, Image, Ready, State, decode, find, key};
pub use job::{close, queued};
pub use preset::{MAX_PRESETS, Preset, Presets, is_given};
pub use view::{changed, view};
