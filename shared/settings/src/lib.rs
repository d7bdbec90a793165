//! Settings: built-in defaults, then `switchboard.toml`, then the environment (`SWITCHBOARD__SECTION__KEY`).
//!
//! Every binary knows the whole schema and uses its own sections. A setting that is unknown or invalid stops the start
//! with its name. Secrets can also be given as a file's path in `…_FILE`; [`Secret`] never shows what it holds.

mod load;
mod schema;
mod secret;

pub use load::{LoadError, load, load_from};
pub use schema::{
    Admin, Blobs, Bus, CommaList, DataDir, Delays, Gateway, ImageResize, Millis, Notifier,
    Phonebook, Runtime, Settings, Store,
};
pub use secret::Secret;
