//! Pure parts: keys, the catalogue of routes, ranges.

pub mod catalogue;
pub mod key;
pub mod media;
pub mod merge;
pub mod range;
