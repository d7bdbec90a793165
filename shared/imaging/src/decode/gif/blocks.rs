//! The blocks of a GIF file (GIF89a, sections 15 to 27), read without decoding.

use crate::decode::canvas::Area;
use crate::{ImageError, Limits, geometry::Size};

const SIGNATURE: usize = 6;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const GRAPHIC_CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;
const LOOPS: &[u8] = b"NETSCAPE2.0";
/// Of the packed fields: that a colour table follows, and that a colour means clear.
const HAS_COLORS: u8 = 0x80;
const HAS_CLEAR: u8 = 0x01;

/// What the blocks tell about the file.
pub struct Blocks {
    pub canvas: Size,
    pub frames: usize,
    /// How often it is shown; 0 is without end.
    pub loops: u16,
    /// Something of the canvas may be clear.
    pub has_alpha: bool,
    /// The file goes on to its trailer.
    pub complete: bool,
}

impl Blocks {
    /// Stops at the first frame above a limit. The bytes may be the beginning of a file.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ImageError> {
        let mut cursor = Cursor(bytes.get(SIGNATURE..).unwrap_or_default());
        let mut blocks = Self::screen(&mut cursor).ok_or_else(ImageError::truncated)?;
        limits.check_size(blocks.canvas)?;
        while let Some(introducer) = cursor.byte() {
            let read = match introducer {
                EXTENSION => blocks.extension(&mut cursor),
                IMAGE => blocks.image(&mut cursor, limits)?,
                TRAILER => {
                    blocks.complete = true;
                    break;
                }
                _ => return Err(ImageError::broken("it has a block of no known kind")),
            };
            if read.is_none() {
                break;
            }
        }
        Ok(blocks)
    }

    /// The logical screen descriptor (section 18) and the colours after it.
    fn screen(cursor: &mut Cursor<'_>) -> Option<Self> {
        let canvas = cursor.size()?;
        let packed = cursor.byte()?;
        cursor.take(2)?;
        cursor.colors(packed)?;
        Some(Self {
            canvas,
            frames: 0,
            // Without a word on it an animation is shown once.
            loops: 1,
            has_alpha: false,
            complete: false,
        })
    }

    /// `None` at the end of the bytes, here and below.
    fn extension(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        let label = cursor.byte()?;
        let first = cursor.sub_block()?;
        if label == GRAPHIC_CONTROL {
            // Of later frames too: what they clear shows when they dispose of it.
            self.has_alpha |= first.first().is_some_and(|packed| packed & HAS_CLEAR != 0);
        }
        let mut block = first;
        while !block.is_empty() {
            let next = cursor.sub_block()?;
            if let (APPLICATION, LOOPS, &[1, low, high]) = (label, block, next) {
                self.loops = repeated(u16::from_le_bytes([low, high]));
            }
            block = next;
        }
        Some(())
    }

    /// An image descriptor (section 20) and its data, which are passed over.
    fn image(
        &mut self,
        cursor: &mut Cursor<'_>,
        limits: &Limits,
    ) -> Result<Option<()>, ImageError> {
        let Some((area, packed)) = cursor.descriptor() else {
            return Ok(None);
        };
        area.within(self.canvas)?;
        self.has_alpha |= self.frames == 0 && area.size != self.canvas;
        self.frames += 1;
        limits.check_frames(self.frames, self.canvas)?;
        Ok(cursor.image_data(packed))
    }
}

/// The file tells how often it is shown again, and 0 for ever.
fn repeated(again: u16) -> u16 {
    match again {
        0 => 0,
        again => again.saturating_add(1),
    }
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn short(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*number).into())
    }

    fn size(&mut self) -> Option<Size> {
        Some(Size::new(self.short()?, self.short()?))
    }

    fn descriptor(&mut self) -> Option<(Area, u8)> {
        let (left, top) = (self.short()?, self.short()?);
        let size = self.size()?;
        Some((Area { left, top, size }, self.byte()?))
    }

    /// Passes over a colour table, if the packed field tells of one.
    fn colors(&mut self, packed: u8) -> Option<()> {
        if packed & HAS_COLORS != 0 {
            self.take(3 << ((packed & 7) + 1))?;
        }
        Some(())
    }

    fn image_data(&mut self, packed: u8) -> Option<()> {
        self.colors(packed)?;
        self.byte()?;
        while !self.sub_block()?.is_empty() {}
        Some(())
    }

    /// An empty one ends a sequence (section 16).
    fn sub_block(&mut self) -> Option<&'a [u8]> {
        let length = self.byte()?;
        self.take(length.into())
    }
}
