//! A frame of an animated WebP (RFC 9649, section 2.7.1.1).

use super::riff::{self, Chunk, Chunks};
use super::webp::{features, layout, reduced, size, still};
use super::{Layout, Raster, Reduction, reduce::Reducer};
use crate::domain::{ImageError, geometry::Size};
use webp::WebPImage;

const ALPHA_FLAG: u8 = 0x10;

/// A picture that lies somewhere on the animation's canvas.
pub struct Frame<'a> {
    left: u32,
    top: u32,
    size: Size,
    chunks: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn read(data: &'a [u8]) -> Result<Self, ImageError> {
        let number = |at: usize| match data.get(at..at + 3) {
            Some(&[low, middle, high]) => Ok(u32::from_le_bytes([low, middle, high, 0])),
            _ => Err(ImageError::truncated()),
        };
        Ok(Self {
            left: number(0)? * 2,
            top: number(3)? * 2,
            size: Size::new(number(6)? + 1, number(9)? + 1),
            chunks: data.get(16..).ok_or_else(ImageError::truncated)?,
        })
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// The whole canvas; around the frame it is transparent.
    pub fn decode(&self, canvas: Size, reduction: Reduction) -> Result<Raster, ImageError> {
        let file = self.file();
        // Only the canvas was checked against the limits, so nothing may be larger.
        if !self.is_inside(canvas) || size(&features(&file)?) != self.size {
            return Err(ImageError::broken("a frame is not as large as it says"));
        }
        let picture = still(&file)?;
        if self.size == canvas {
            return Ok(reduced(&picture, reduction));
        }
        Ok(Raster {
            size: reduction.apply(canvas),
            layout: Layout::Rgba,
            samples: self.placed(&picture, canvas, reduction),
            profile: None,
        })
    }

    fn is_inside(&self, canvas: Size) -> bool {
        self.left + self.size.width <= canvas.width && self.top + self.size.height <= canvas.height
    }

    fn placed(&self, picture: &WebPImage, canvas: Size, reduction: Reduction) -> Vec<u8> {
        let channels = layout(picture).channels();
        let mut reducer = Reducer::new(canvas, Layout::Rgba, reduction);
        let mut line = vec![[0; 4]; canvas.width as usize];
        let mut rows = picture.chunks_exact(self.size.width as usize * channels);
        for y in 0..canvas.height {
            let row = if y < self.top { None } else { rows.next() };
            match row {
                Some(row) => {
                    let targets = line.iter_mut().skip(self.left as usize);
                    for (target, pixel) in targets.zip(row.chunks_exact(channels)) {
                        *target = [0, 0, 0, 255];
                        target[..channels].copy_from_slice(pixel);
                    }
                }
                None => line.fill([0; 4]),
            }
            reducer.push(line.as_flattened());
        }
        reducer.finish()
    }

    /// The frame as a file of its own, which is what the decoder takes.
    fn file(&self) -> Vec<u8> {
        let wanted = |chunk: &Chunk<'_>| matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L");
        let parts: Vec<Chunk<'_>> = Chunks(self.chunks).filter(wanted).collect();
        if !parts.iter().any(|chunk| &chunk.kind == b"ALPH") {
            return riff::file(&parts);
        }
        let header = extended_header(self.size);
        let extended = Chunk {
            kind: *b"VP8X",
            data: &header,
        };
        riff::file(&[&[extended], parts.as_slice()].concat())
    }
}

/// Flags, reserved bytes, and both sides less one.
fn extended_header(size: Size) -> [u8; 10] {
    let [w0, w1, w2, _] = (size.width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (size.height - 1).to_le_bytes();
    [ALPHA_FLAG, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}
