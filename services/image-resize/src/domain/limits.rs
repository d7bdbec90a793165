use super::ImageError;
use super::geometry::Size;

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
    /// Pixels that a form may ask for.
    pub max_output_pixels: u64,
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
            max_output_pixels: 40_000_000,
            max_output_side: 16_383,
        }
    }
}

impl Limits {
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

    /// Takes the size of what a form makes of the picture.
    pub(super) fn check_output(&self, size: Size) -> Result<(), ImageError> {
        let ask = |what, asked: u64, limit: u64| match asked > limit {
            true => Err(ImageError::Excessive { what, limit }),
            false => Ok(()),
        };
        let longer = size.width.max(size.height);
        let limit = self.max_output_side;
        ask("pixels on a side", longer.into(), limit.into())?;
        ask("pixels", size.pixels(), self.max_output_pixels)
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
