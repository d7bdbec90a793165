//! What happens without a request: images become ready, and the bin is emptied.

mod erasures;
mod images;

pub use erasures::Erasures;
pub use images::{EVENT_TYPES, Images};
