use super::Color;
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

    /// With the colour shown through and, if that is opaque itself, nothing transparent left.
    pub fn on(&self, color: Color) -> Self {
        if !self.alpha {
            return self.clone();
        }
        let below = color.premultiplied();
        let rgba = self.pixels.as_chunks::<4>().0.iter();
        let blended = rgba.map(|&pixel| over(pixel, below));
        if color.alpha < 255 {
            return Self {
                pixels: blended.flatten().collect(),
                ..*self
            };
        }
        Self::opaque(
            self.size,
            blended.flat_map(|[r, g, b, _]| [r, g, b]).collect(),
        )
    }

    /// A rectangle of it, which must lie within.
    pub fn cut(&self, left: u32, top: u32, size: Size) -> Self {
        let channels = self.channels();
        let from = left as usize * channels;
        let to = from + size.width as usize * channels;
        let rows = self
            .pixels
            .chunks_exact(self.size.width as usize * channels);
        let rows = rows.skip(top as usize).take(size.height as usize);
        Self {
            size,
            alpha: self.alpha,
            pixels: rows
                .filter_map(|row| row.get(from..to))
                .flatten()
                .copied()
                .collect(),
        }
    }

    /// Lying at a place on a canvas that is clear beside it.
    pub fn on_canvas(&self, canvas: Size, (left, top): (u32, u32)) -> Self {
        let (channels, width) = (self.channels(), self.size.width as usize);
        let rows = self.pixels.chunks_exact(width * channels);
        let mut pixels = vec![[0; 4]; canvas.width as usize * canvas.height as usize];
        let lines = pixels.chunks_exact_mut(canvas.width as usize);
        for (line, row) in lines.skip(top as usize).zip(rows) {
            let targets = line.iter_mut().skip(left as usize);
            for (target, pixel) in targets.zip(row.chunks_exact(channels)) {
                target[3] = 255;
                target[..channels].copy_from_slice(pixel);
            }
        }
        Self {
            size: canvas,
            alpha: true,
            pixels: pixels.into_flattened(),
        }
    }
}

/// Both with premultiplied alpha.
fn over(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    let free = 255 - u16::from(above[3]);
    let [r, g, b, a] = below.map(|sample| ((u16::from(sample) * free + 127) / 255) as u8);
    let [ar, ag, ab, aa] = above;
    [
        ar.saturating_add(r),
        ag.saturating_add(g),
        ab.saturating_add(b),
        aa.saturating_add(a),
    ]
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
