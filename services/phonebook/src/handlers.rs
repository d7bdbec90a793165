//! What happens without a request: images become ready, the bin is emptied, birthdays come, imports go
//! on.

mod erasures;
mod images;
mod imports;
mod timers;

pub use erasures::Erasures;
pub use images::{EVENT_TYPES, Images};
pub use timers::Timers;
