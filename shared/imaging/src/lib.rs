//! The image engine: bytes in, values out.
//!
//! A picture goes one way: [`probe`] reads its header and checks it against the [`Limits`], then [`render`] decodes it once
//! at the smallest scale that is enough, converts it to sRGB, turns it upright, and makes the variants one from another,
//! largest first. A JPEG of which nothing but JPEG is made stays in luminance and chrominance all the way. Nothing of the
//! original but its pixels reaches an output.

mod bitmap;
mod blur;
mod color;
mod decode;
mod encode;
mod error;
mod exif;
mod form;
mod format;
mod geometry;
mod limits;
mod orientation;
mod picture;
mod placeholder;
mod planes;
mod preset;
mod render;
mod resize;
mod salience;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod thumbhash;
mod ycc;

pub use decode::{Animation, Header, probe};
pub use error::ImageError;
pub use form::{Blur, Color, Dpr, Fit, Form, Gravity, Misread, OutOfRange, Part, Quality, Side};
pub use format::Format;
pub use limits::Limits;
pub use orientation::Orientation;
pub use preset::{Preset, presets};
pub use render::{Encoded, Rendered, Request, render};
