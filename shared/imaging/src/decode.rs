//! From files to samples: one [`Decoder`] for each format, told apart by the first bytes.

mod animation;
mod avif;
mod canvas;
mod gif;
mod jpeg;
mod markers;
mod png;
mod reduce;
pub(super) mod riff;
mod webp;

use super::geometry::Size;
use super::planes::Planes;
use super::{Format, ImageError, Limits, Orientation};
pub(super) use reduce::Reduction;
use std::{iter, time::Duration};

/// What a picture's header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub format: Format,
    /// Of the upright picture, in pixels.
    pub width: u32,
    pub height: u32,
    /// How the picture is stored.
    pub orientation: Orientation,
    pub has_alpha: bool,
    /// `None` for a still picture.
    pub animation: Option<Animation>,
}

/// Told as far as the bytes reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Animation {
    pub frames: usize,
    /// How often it is shown; 0 is without end.
    pub loops: u16,
}

impl Header {
    fn new(format: Format, stored: Size, orientation: Orientation, has_alpha: bool) -> Self {
        let upright = orientation.upright(stored);
        Self {
            format,
            width: upright.width,
            height: upright.height,
            orientation,
            has_alpha,
            animation: None,
        }
    }

    fn animated(self, animation: Option<Animation>) -> Self {
        Self { animation, ..self }
    }

    pub(super) const fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

/// Samples as a format stores them, eight bits each, rows without gaps, neither upright nor in sRGB yet.
#[derive(Debug, Clone)]
pub(super) struct Raster {
    pub size: Size,
    pub layout: Layout,
    pub samples: Vec<u8>,
    /// ICC profile of the samples.
    pub profile: Option<Vec<u8>>,
}

/// Samples of a pixel; alpha is straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// Amounts of ink: 255 is full.
    Cmyk,
}

impl Layout {
    pub const fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// One format's reader. All functions take the whole file.
pub(super) trait Decoder {
    /// Reads the structure, not the pixels, and checks it against the limits. Allocates next to nothing.
    /// The beginning of a file is enough if it reaches the pixels.
    fn probe(&self, bytes: &[u8], limits: &Limits) -> Result<Header, ImageError>;

    /// Decodes what [`Decoder::probe`] let through. A format that cannot decode at a reduced scale for less memory or
    /// work than at full scale may leave the reduction aside. A picture that is not complete is an error.
    fn decode(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Raster, ImageError>;

    /// The same in planes, if that is how it is stored, in sRGB, and less work.
    fn planes(
        &self,
        _bytes: &[u8],
        _reduction: Reduction,
        _limits: &Limits,
    ) -> Option<Result<Planes, ImageError>> {
        None
    }

    /// The frames of an animation; a still picture is its own only one. Nothing is decoded before it is asked for, and
    /// what is not complete is an error.
    fn frames<'a>(
        &self,
        bytes: &'a [u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Frames<'a>, ImageError> {
        let raster = self.decode(bytes, reduction, limits);
        let delay = Duration::ZERO;
        Ok(Box::new(iter::once(
            raster.map(|raster| Frame { raster, delay }),
        )))
    }
}

pub(super) type Frames<'a> = Box<dyn Iterator<Item = Result<Frame, ImageError>> + 'a>;

/// One picture of an animation: the whole of what is to be seen, and for how long.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub raster: Raster,
    pub delay: Duration,
}

/// What stands for an animation where only one picture can be shown.
fn first(mut frames: Frames<'_>) -> Result<Raster, ImageError> {
    let first = frames.next().ok_or_else(ImageError::truncated)?;
    Ok(first?.raster)
}

/// Reads and checks a picture's header: in time that follows the number of bytes, not what they claim.
///
/// The bytes may be the beginning of a file. What they do not reach is not checked then, and [`ImageError::Broken`] may
/// only mean that more of them are needed.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
    limits.check_bytes(bytes)?;
    let format = Format::recognize(bytes)?;
    decoder(format).probe(bytes, limits)
}

pub(super) const fn decoder(format: Format) -> &'static dyn Decoder {
    match format {
        Format::Jpeg => &jpeg::Jpeg,
        Format::Png => &png::Png,
        Format::WebP => &webp::WebP,
        Format::Gif => &gif::Gif,
        Format::Avif => &avif::Avif,
    }
}
