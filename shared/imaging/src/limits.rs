use super::geometry::{Plan, Size};
use super::{Form, Format, Header, ImageError};

const MIB: u64 = 1024 * 1024;

/// What a picture may ask for. All is checked before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max_bytes: u64,
    pub max_pixels: u64,
    /// Pixels of the longer side.
    pub max_side: u32,
    /// Scans of a JPEG. Each one walks the whole picture again, so that a small file can ask for hours of work.
    pub max_scans: u32,
    /// Samples that all scans of a JPEG walk over together: one to two seconds for each thousand million.
    pub max_scanned: u64,
    /// Bytes of a colour profile or of EXIF, each.
    pub max_metadata: usize,
    /// Bytes that decoding must hold at once because the format leaves no choice (progressive JPEG, interlaced PNG, WebP).
    pub max_working_set: u64,
    /// Frames of an animation.
    pub max_frames: usize,
    /// Pixels of all frames together, of what comes in and of what is made.
    pub max_frame_pixels: u64,
    /// Pixels that a form may ask for.
    pub max_output_pixels: u64,
    /// Pixels that a form may ask for in AVIF, whose encoder takes a second or two for each million.
    pub max_avif_pixels: u64,
    /// Pixels of the longer side of what is made: the most that WebP can tell.
    pub max_output_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 32 * MIB,
            max_pixels: 100_000_000,
            max_side: 30_000,
            max_scans: 100,
            max_scanned: 1_500_000_000,
            max_metadata: 4 * 1024 * 1024,
            max_working_set: 512 * MIB,
            max_frames: 1_000,
            max_frame_pixels: 200_000_000,
            max_output_pixels: 40_000_000,
            max_avif_pixels: 4_000_000,
            max_output_side: 16_383,
        }
    }
}

impl Limits {
    /// Checks what a form in a format asks for of the picture with this header: what [`crate::render`] refuses as excessive,
    /// told without decoding anything.
    pub fn check(&self, header: &Header, form: &Form, format: Format) -> Result<(), ImageError> {
        let canvas = Plan::new(header.size(), form).canvas;
        self.check_output(canvas, &[format])?;
        match header.animation {
            Some(animation) if format == Format::WebP => {
                self.check_output_frames(animation.frames, canvas)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_bytes(&self, bytes: &[u8]) -> Result<(), ImageError> {
        within("bytes", bytes.len() as u64, self.max_bytes)
    }

    pub(super) fn check_size(&self, size: Size) -> Result<(), ImageError> {
        if size.width == 0 || size.height == 0 {
            return Err(ImageError::broken("it has no pixels"));
        }
        let longer = size.width.max(size.height);
        within(
            "pixels on its longer side",
            longer.into(),
            self.max_side.into(),
        )?;
        within("pixels", size.pixels(), self.max_pixels)
    }

    /// Takes the size of what a form makes of the picture, and what it is to be written in.
    pub(super) fn check_output(&self, size: Size, formats: &[Format]) -> Result<(), ImageError> {
        if formats.contains(&Format::Avif) {
            asked("pixels in AVIF", size.pixels(), self.max_avif_pixels)?;
        }
        let longer = size.width.max(size.height);
        let limit = self.max_output_side;
        asked("pixels on a side", longer.into(), limit.into())?;
        asked("pixels", size.pixels(), self.max_output_pixels)
    }

    /// Like [`Limits::check_output`] for each frame of an animation.
    pub(super) fn check_output_frames(&self, frames: usize, size: Size) -> Result<(), ImageError> {
        let pixels = size.pixels().saturating_mul(frames as u64);
        asked("pixels over all frames", pixels, self.max_frame_pixels)
    }

    /// Takes the scans so far and the samples in all of them.
    pub(super) fn check_scans(&self, scans: u32, samples: u64) -> Result<(), ImageError> {
        within("scans", scans.into(), self.max_scans.into())?;
        within("samples in its scans", samples, self.max_scanned)
    }

    pub(super) fn check_metadata(&self, bytes: usize) -> Result<(), ImageError> {
        let limit = self.max_metadata as u64;
        within("bytes of metadata", bytes as u64, limit)
    }

    /// Each frame is the whole canvas by the time it is shown.
    pub(super) fn check_frames(&self, frames: usize, canvas: Size) -> Result<(), ImageError> {
        within("frames", frames as u64, self.max_frames as u64)?;
        let pixels = canvas.pixels().saturating_mul(frames as u64);
        within("pixels over all frames", pixels, self.max_frame_pixels)
    }

    pub(super) fn check_working_set(&self, bytes: u64) -> Result<(), ImageError> {
        within("bytes to decode at once", bytes, self.max_working_set)
    }
}

fn within(what: &'static str, found: u64, limit: u64) -> Result<(), ImageError> {
    if found > limit {
        return Err(ImageError::TooLarge { what, limit });
    }
    Ok(())
}

fn asked(what: &'static str, asked: u64, limit: u64) -> Result<(), ImageError> {
    if asked > limit {
        return Err(ImageError::Excessive { what, limit });
    }
    Ok(())
}
