use super::{Format, Header};

/// How a picture meets a preset's box. Neither way enlarges it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Fills the box, centred; what hangs over is cut off.
    Cover,
    /// Lies within the box as a whole.
    Inside,
}

/// A named form of every picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    pub fit: Fit,
}

/// The presets that every tenant starts with.
#[must_use]
pub const fn presets() -> &'static [Preset] {
    const fn square(name: &'static str, side: u32, fit: Fit) -> Preset {
        Preset {
            name,
            width: side,
            height: side,
            fit,
        }
    }
    const {
        &[
            square("thumb", 160, Fit::Cover),
            square("small", 640, Fit::Inside),
            square("large", 1600, Fit::Inside),
        ]
    }
}

/// The formats that every variant is stored in, whatever came in: each is what some client asks for by `Accept`.
#[must_use]
pub const fn formats_for(_header: &Header) -> &'static [Format] {
    &Format::ALL
}
