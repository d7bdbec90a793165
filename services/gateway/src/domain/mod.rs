//! Pure parts: keys, the catalogue of routes, ranges, refusals as XML, forms, signatures, resumable uploads.

pub mod catalogue;
pub mod dav;
pub mod key;
pub mod media;
pub mod merge;
pub mod multipart;
pub mod range;
pub mod resumable;
pub mod signature;
pub mod tus;
