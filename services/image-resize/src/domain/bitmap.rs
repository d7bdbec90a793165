use super::geometry::Size;
use fast_image_resize::images::Image;
use fast_image_resize::{ImageBufferError, MulDiv, PixelType};

/// Pixels in sRGB, eight bits a sample, rows without gaps: RGB, or RGBA with premultiplied alpha.
///
/// Premultiplied, because a transparent pixel's colour must not bleed into its neighbours when they are averaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bitmap {
    pub size: Size,
    pub alpha: bool,
    pub pixels: Vec<u8>,
}

impl Bitmap {
    pub const fn channels(&self) -> usize {
        if self.alpha { 4 } else { 3 }
    }

    pub const fn pixel_type(&self) -> PixelType {
        if self.alpha {
            PixelType::U8x4
        } else {
            PixelType::U8x3
        }
    }

    pub fn opaque(size: Size, pixels: Vec<u8>) -> Self {
        Self {
            size,
            alpha: false,
            pixels,
        }
    }

    /// From straight RGBA. An alpha channel that hides nothing is dropped.
    pub fn from_rgba(size: Size, mut pixels: Vec<u8>) -> Self {
        if pixels
            .as_chunks::<4>()
            .0
            .iter()
            .all(|pixel| pixel[3] == 255)
        {
            let rgb = pixels.as_chunks::<4>().0.iter();
            return Self::opaque(size, rgb.flat_map(|&[r, g, b, _]| [r, g, b]).collect());
        }
        multiply(size, &mut pixels);
        Self {
            size,
            alpha: true,
            pixels,
        }
    }

    /// RGBA with straight alpha, as files store it. Only for bitmaps with alpha.
    pub fn straight(&self) -> Vec<u8> {
        let mut pixels = self.pixels.clone();
        divide(self.size, &mut pixels);
        pixels
    }

    /// RGB with what is transparent shown on white.
    pub fn on_white(&self) -> Vec<u8> {
        let rgba = self.pixels.as_chunks::<4>().0.iter();
        rgba.flat_map(|&[r, g, b, a]| [r, g, b].map(|sample| sample.saturating_add(255 - a)))
            .collect()
    }
}

fn multiply(size: Size, pixels: &mut [u8]) {
    if let Ok(mut view) = view(size, pixels) {
        // Cannot fail: the pixel type is one of those that the routine knows.
        let _ = MulDiv::new().multiply_alpha_inplace(&mut view);
    }
}

fn divide(size: Size, pixels: &mut [u8]) {
    if let Ok(mut view) = view(size, pixels) {
        let _ = MulDiv::new().divide_alpha_inplace(&mut view);
    }
}

fn view(size: Size, pixels: &mut [u8]) -> Result<Image<'_>, ImageBufferError> {
    Image::from_slice_u8(size.width, size.height, pixels, PixelType::U8x4)
}
