//! Animated WebP (RFC 9649, section 2.7.1): frames that are still pictures, each of what has changed since the one before.

use super::{Settings, webp::webp};
use crate::bitmap::Bitmap;
use crate::decode::riff::{self, Chunk};
use crate::geometry::Size;
use crate::{Form, Format, ImageError};
use std::time::Duration;

const ANIMATED: u8 = 0x02;
const ALPHA: u8 = 0x10;
/// The frame takes the place of what was there, and stays.
const OVERWRITE: u8 = 0x02;
/// The header of a file, before its first chunk.
const HEADER: usize = 12;
/// What a frame's delay can tell, in milliseconds.
const LONGEST: u32 = 0xFF_FFFF;

/// Takes the frames one after the other; holds what is written and the last one.
pub struct Animator {
    settings: Settings,
    loops: u16,
    frames: Vec<Frame>,
    last: Option<Bitmap>,
    has_alpha: bool,
}

struct Frame {
    left: u32,
    top: u32,
    size: Size,
    delay: Duration,
    /// The picture's own.
    chunks: Vec<u8>,
}

impl Animator {
    pub fn new(form: &Form, loops: u16) -> Self {
        Self {
            settings: Settings::new(form, Format::WebP),
            loops,
            frames: Vec::new(),
            last: None,
            has_alpha: false,
        }
    }

    /// All frames must be of one size.
    pub fn push(&mut self, bitmap: Bitmap, delay: Duration) -> Result<(), ImageError> {
        let changed = match &self.last {
            Some(last) => changed(last, &bitmap),
            None => Some((0, 0, bitmap.size)),
        };
        match (changed, self.frames.last_mut()) {
            (None, Some(last)) => last.delay += delay,
            (changed, _) => {
                let (left, top, size) = changed.unwrap_or((0, 0, bitmap.size));
                let chunks = self.written(&bitmap.cut(left, top, size))?;
                self.frames.push(Frame {
                    left,
                    top,
                    size,
                    delay,
                    chunks,
                });
            }
        }
        self.has_alpha |= bitmap.alpha;
        self.last = Some(bitmap);
        Ok(())
    }

    pub fn size(&self) -> Size {
        self.last.as_ref().map_or(Size::new(1, 1), |last| last.size)
    }

    pub fn finish(&self) -> Vec<u8> {
        let alpha = if self.has_alpha { ALPHA } else { 0 };
        let extended = riff::extended(ANIMATED | alpha, self.size());
        // A clear background, then the repetitions.
        let [low, high] = self.loops.to_le_bytes();
        let animation = [0, 0, 0, 0, low, high];
        let frames: Vec<Vec<u8>> = self.frames.iter().map(Frame::data).collect();
        let chunk = |kind: &[u8; 4], data| Chunk { kind: *kind, data };
        let mut chunks = vec![chunk(b"VP8X", &extended), chunk(b"ANIM", &animation)];
        chunks.extend(frames.iter().map(|data| Chunk {
            kind: *b"ANMF",
            data,
        }));
        riff::file(&chunks)
    }

    fn written(&self, bitmap: &Bitmap) -> Result<Vec<u8>, ImageError> {
        let format = Format::WebP;
        let file = webp(bitmap, self.settings);
        let file = file.map_err(|reason| ImageError::Encoding { format, reason })?;
        let mut chunks = Vec::new();
        riff::Chunks(file.get(HEADER..).unwrap_or_default())
            .filter(|chunk| &chunk.kind != b"VP8X")
            .for_each(|chunk| chunk.write(&mut chunks));
        Ok(chunks)
    }
}

impl Frame {
    fn data(&self) -> Vec<u8> {
        let delay = u32::try_from(self.delay.as_millis()).unwrap_or(LONGEST);
        let Size { width, height } = self.size;
        let numbers = [
            self.left / 2,
            self.top / 2,
            width - 1,
            height - 1,
            delay.min(LONGEST),
        ];
        let three = |number: u32| {
            let [low, middle, high, _] = number.to_le_bytes();
            [low, middle, high]
        };
        let mut data: Vec<u8> = numbers.into_iter().flat_map(three).collect();
        data.push(OVERWRITE);
        data.extend_from_slice(&self.chunks);
        data
    }
}

/// The smallest rectangle with all that is different, from even places on, as frames must begin; `None` when nothing is.
fn changed(last: &Bitmap, next: &Bitmap) -> Option<(u32, u32, Size)> {
    if last.alpha != next.alpha || last.size != next.size {
        return Some((0, 0, next.size));
    }
    let (channels, row) = (next.channels(), next.size.width as usize * next.channels());
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, None, 0);
    let rows = last
        .pixels
        .chunks_exact(row)
        .zip(next.pixels.chunks_exact(row));
    for (y, (before, after)) in rows
        .enumerate()
        .filter(|(_, (before, after))| before != after)
    {
        let differs = |(a, b): (&u8, &u8)| a != b;
        let mut pairs = before.iter().zip(after);
        left = left.min(pairs.clone().position(differs).unwrap_or(0) / channels);
        right = right.max(pairs.rposition(differs).unwrap_or(0) / channels);
        top = top.or(Some(y));
        bottom = y;
    }
    let (left, top) = (left as u32 & !1, top? as u32 & !1);
    let size = Size::new(right as u32 + 1 - left, bottom as u32 + 1 - top);
    Some((left, top, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitmap(set: &[usize]) -> Bitmap {
        let mut pixels = vec![0; 10 * 6 * 3];
        set.iter().for_each(|at| pixels[at * 3 + 1] = 255);
        Bitmap::opaque(Size::new(10, 6), pixels)
    }

    #[test]
    fn only_what_has_changed_is_written() {
        let plain = bitmap(&[]);
        assert_eq!(changed(&plain, &plain), None);
        assert_eq!(
            changed(&plain, &bitmap(&[0])),
            Some((0, 0, Size::new(1, 1)))
        );
        // From (3, 1) to (7, 4).
        let some = bitmap(&[13, 27, 46]);
        assert_eq!(changed(&plain, &some), Some((2, 0, Size::new(6, 5))));
        assert_eq!(changed(&some, &plain), Some((2, 0, Size::new(6, 5))));
    }

    #[test]
    fn what_stays_is_shown_longer() {
        let mut animator = Animator::new(&Form::default(), 0);
        for set in [[0].as_slice(), &[0], &[59]] {
            animator
                .push(bitmap(set), Duration::from_millis(40))
                .unwrap();
        }
        let delays: Vec<_> = animator
            .frames
            .iter()
            .map(|f| f.delay.as_millis())
            .collect();
        assert_eq!(delays, [80, 40]);
    }
}
