//! A frame of an animated WebP (RFC 9649, section 2.7.1.1).

use super::canvas::{After, Area, Canvas};
use super::riff::{self, Chunk, Chunks};
use super::webp::{features, layout, size, still};
use crate::{ImageError, geometry::Size};
use std::time::Duration;

const ALPHA_FLAG: u8 = 0x10;
const CLEAR_AFTER: u8 = 1;
const OVERWRITE: u8 = 2;

/// A picture that lies somewhere on the animation's canvas.
pub struct Part<'a> {
    pub area: Area,
    pub delay: Duration,
    flags: u8,
    chunks: &'a [u8],
}

impl<'a> Part<'a> {
    pub fn read(data: &'a [u8]) -> Result<Self, ImageError> {
        let number = |at: usize| match data.get(at..at + 3) {
            Some(&[low, middle, high]) => Ok(u32::from_le_bytes([low, middle, high, 0])),
            _ => Err(ImageError::truncated()),
        };
        let area = Area {
            left: number(0)? * 2,
            top: number(3)? * 2,
            size: Size::new(number(6)? + 1, number(9)? + 1),
        };
        Ok(Self {
            area,
            delay: Duration::from_millis(number(12)?.into()),
            flags: *data.get(15).ok_or_else(ImageError::truncated)?,
            chunks: data.get(16..).ok_or_else(ImageError::truncated)?,
        })
    }

    pub fn draw(&self, canvas: &mut Canvas) -> Result<(), ImageError> {
        let area = self.area.within(canvas.size)?;
        let file = self.file();
        if size(&features(&file)?) != area.size {
            return Err(ImageError::broken("a frame is not as large as it says"));
        }
        let picture = still(&file)?;
        let after = match self.flags & CLEAR_AFTER {
            0 => After::Stay,
            _ => After::Clear,
        };
        let pixels = picture.chunks_exact(layout(&picture).channels()).map(rgba);
        canvas.draw(area, pixels, self.flags & OVERWRITE == 0, after);
        Ok(())
    }

    /// The frame as a file of its own, which is what the decoder takes.
    fn file(&self) -> Vec<u8> {
        let wanted = |chunk: &Chunk<'_>| matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L");
        let parts: Vec<Chunk<'_>> = Chunks(self.chunks).filter(wanted).collect();
        if !parts.iter().any(|chunk| &chunk.kind == b"ALPH") {
            return riff::file(&parts);
        }
        let header = riff::extended(ALPHA_FLAG, self.area.size);
        let extended = Chunk {
            kind: *b"VP8X",
            data: &header,
        };
        riff::file(&[&[extended], parts.as_slice()].concat())
    }
}

fn rgba(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [r, g, b, a] => [r, g, b, a],
        [r, g, b] => [r, g, b, 255],
        _ => [0; 4],
    }
}
