use super::bits::Bits;
use super::header::Header;
use super::huffman::LAST;
use crate::ImageError;

/// Coefficients as they are stored. What is not kept goes to the upper half.
pub type Block = [i16; 128];

/// Takes blocks out of the entropy-coded data (section F.2.2).
pub struct Entropy<'a> {
    header: &'a Header<'a>,
    bits: Bits<'a>,
    /// Of each component the last block's mean.
    predictions: [i16; 3],
    /// Units until the next restart marker.
    left: u16,
}

/// Which of a block's coefficients are kept, and where: by their places in zigzag order.
pub struct Wanted {
    /// Steps may lead beyond the last coefficient: an end of block by 64.
    pub places: [u8; 128],
    /// The last one that is kept.
    pub last: usize,
}

impl<'a> Entropy<'a> {
    pub fn new(header: &'a Header<'a>) -> Self {
        Self {
            header,
            bits: Bits::new(header.data),
            predictions: [0; 3],
            left: header.interval,
        }
    }

    /// Before each unit.
    pub fn begin_unit(&mut self) -> Result<(), ImageError> {
        if self.header.interval > 0 {
            if self.left == 0 {
                self.restart()?;
            }
            self.left -= 1;
        }
        self.finish()
    }

    /// Whether all that was read was there.
    pub fn finish(&mut self) -> Result<(), ImageError> {
        if self.bits.prepare() {
            Ok(())
        } else {
            Err(ImageError::truncated())
        }
    }

    fn restart(&mut self) -> Result<(), ImageError> {
        self.finish()?;
        if !self.bits.restart() {
            return Err(ImageError::broken("a restart marker is missing"));
        }
        self.predictions = [0; 3];
        self.left = self.header.interval;
        Ok(())
    }

    /// Reads the next block of a component. Gives the place of the last coefficient that is kept and not zero.
    #[inline(always)]
    pub fn block(
        &mut self,
        index: usize,
        wanted: &Wanted,
        block: &mut Block,
    ) -> Result<usize, ImageError> {
        self.try_block(index, wanted, block)
            .ok_or_else(|| ImageError::broken("a Huffman code is unknown"))
    }

    #[inline(always)]
    fn try_block(&mut self, index: usize, wanted: &Wanted, block: &mut Block) -> Option<usize> {
        let component = self.header.components.get(index)?;
        let (mut cursor, bytes) = (self.bits.cursor, self.bits.bytes());
        let prediction = self.predictions.get_mut(index)?;
        let (_, difference) = component.dc.next(&mut cursor, bytes)?;
        *prediction = prediction.wrapping_add(difference);
        block[0] = *prediction;
        let (mut at, mut last) = (0, 0);
        while at < wanted.last {
            at = component.ac.two(&mut cursor, bytes, at, |place, value| {
                if place <= wanted.last {
                    last = place;
                }
                let place = wanted.places[place & 127];
                block[usize::from(place & 127)] = value;
            })?;
        }
        while at < LAST {
            at = component.ac.pass(&mut cursor, bytes, at)?;
        }
        self.bits.cursor = cursor;
        Some(last)
    }
}
