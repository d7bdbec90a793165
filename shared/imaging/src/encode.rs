//! From pixels to files: nothing but pixels is written, no metadata and no profile, because sRGB is what every reader
//! assumes.

mod animation;
mod avif;
mod jpeg;
mod png;
mod webp;

use super::bitmap::Bitmap;
use super::planes::Planes;
use super::{Form, Format, ImageError, Quality};
pub(super) use animation::Animator;

/// Well above the point where differences show at the sizes that are usual.
const fn usual_quality(format: Format) -> u32 {
    match format {
        Format::Jpeg => 82,
        Format::WebP => 80,
        // Its scale is another one: this looks like the others.
        Format::Avif => 70,
        Format::Png | Format::Gif => 100,
    }
}

/// What a form says to an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Settings {
    /// Of 100.
    quality: u32,
    lossless: bool,
}

impl Settings {
    fn new(form: &Form, format: Format) -> Self {
        let usual = usual_quality(format);
        Self {
            quality: form.quality.map_or(usual, Quality::get),
            lossless: form.lossless,
        }
    }
}

pub(super) fn encode(bitmap: &Bitmap, form: &Form, format: Format) -> Result<Vec<u8>, ImageError> {
    let settings = Settings::new(form, format);
    let written = match format {
        Format::Jpeg => jpeg::jpeg(bitmap, settings),
        Format::Png => png::png(bitmap).map_err(|e| e.to_string()),
        Format::WebP => webp::webp(bitmap, settings),
        Format::Avif => avif::avif(bitmap, settings),
        Format::Gif => Err("it is only read".to_owned()),
    };
    written.map_err(|reason| ImageError::Encoding { format, reason })
}

/// As JPEG, which is what planes are for.
pub(super) fn encode_planes(planes: &Planes, form: &Form) -> Result<Vec<u8>, ImageError> {
    let format = Format::Jpeg;
    jpeg::planes(planes, Settings::new(form, format))
        .map_err(|reason| ImageError::Encoding { format, reason })
}
