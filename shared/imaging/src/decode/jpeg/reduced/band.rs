use super::entropy::{Block, Entropy, Wanted};
use super::header::{Component, Header};
use super::{Layout, Reduction, transform};
use crate::planes::Plane;
use crate::{ImageError, ycc};

/// Coefficients of a block in each direction.
const BLOCK: usize = 8;
/// Up to this place in zigzag order all coefficients are among the first four in each direction.
const FOURS: usize = 9;

/// The size of chrominance beside luminance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// The same: what is stored at half the size is reduced half as much.
    Full,
    Stored,
}

/// A row of units, decoded: for each component its samples.
pub struct Band(Vec<Part>);

struct Part {
    samples: Vec<u8>,
    width: usize,
    /// Samples of a block in each direction, after the reduction.
    side: usize,
    /// Blocks of a unit in each direction.
    blocks: usize,
    wanted: Wanted,
    /// What a coefficient is multiplied by, at the place where it goes.
    weights: [f32; BLOCK * BLOCK],
}

impl Band {
    pub fn new(header: &Header<'_>, reduction: Reduction, sampling: Sampling) -> Self {
        let reduced = BLOCK / reduction.factor() as usize;
        let most = header.components.iter().map(|one| one.blocks).max();
        let unit = reduced * most.unwrap_or(1);
        let part = |component: &Component| {
            let side = match sampling {
                Sampling::Full => unit / component.blocks,
                Sampling::Stored => reduced,
            };
            let width = header.units().width as usize * side * component.blocks;
            let (wanted, weights) = wanted(side, &component.quantizers);
            Part {
                samples: vec![0; width * side * component.blocks],
                width,
                side,
                blocks: component.blocks,
                wanted,
                weights,
            }
        };
        Self(header.components.iter().map(part).collect())
    }

    pub fn layout(&self) -> Layout {
        if self.0.len() == 1 {
            Layout::Gray
        } else {
            Layout::Rgb
        }
    }

    /// Rows of samples that a row of units has.
    pub fn rows(&self) -> usize {
        self.0.first().map_or(1, Part::rows)
    }

    pub fn decode_unit(
        &mut self,
        entropy: &mut Entropy<'_>,
        column: usize,
    ) -> Result<(), ImageError> {
        for (index, part) in self.0.iter_mut().enumerate() {
            for down in 0..part.blocks {
                for across in 0..part.blocks {
                    let place = (down * part.width + column * part.blocks + across) * part.side;
                    part.decode_block(entropy, index, place)?;
                }
            }
        }
        Ok(())
    }

    /// Adds the first rows, cut to a width, to the picture.
    pub fn write(&self, rows: usize, width: usize, picture: &mut Vec<u8>) {
        for row in 0..rows {
            match self.0.as_slice() {
                [gray] => picture.extend(gray.line(row, width)),
                [y, cb, cr] => {
                    let lines = [y, cb, cr].map(|part| part.line(row, width));
                    ycc::write(lines, picture);
                }
                _ => {}
            }
        }
    }

    /// Adds a component's rows to its plane until that is full.
    pub fn write_plane(&self, index: usize, plane: &mut Plane) {
        let Some(part) = self.0.get(index) else {
            return;
        };
        let (width, height) = (plane.size.width as usize, plane.size.height as usize);
        let left = height - plane.samples.len() / width;
        for row in 0..left.min(part.rows()) {
            plane.samples.extend(part.line(row, width));
        }
    }
}

impl Part {
    const fn rows(&self) -> usize {
        self.side * self.blocks
    }

    fn line(&self, row: usize, width: usize) -> &[u8] {
        let start = row * self.width;
        let line = self.samples.get(start..start + width);
        line.unwrap_or_default()
    }

    #[inline(always)]
    fn decode_block(
        &mut self,
        entropy: &mut Entropy<'_>,
        index: usize,
        place: usize,
    ) -> Result<(), ImageError> {
        let mut block: Block = [0; 128];
        let last = entropy.block(index, &self.wanted, &mut block)?;
        let rows = self.samples.get_mut(place..).unwrap_or_default();
        let rows = rows.chunks_mut(self.width);
        let weights = &self.weights;
        match (last, self.side) {
            (0, side) | (_, side @ 1) => {
                let value = sample(f32::from(block[0]) * weights[0]);
                rows.take(side).for_each(|row| row[..side].fill(value));
            }
            (_, 2) => store(rows, transform::two(dequantized(&block, weights, 2))),
            (_, 4) => store(rows, transform::four(dequantized(&block, weights, 4))),
            (0..=FOURS, _) => store(
                rows,
                transform::eight_of_four(dequantized(&block, weights, 8)),
            ),
            _ => store(rows, transform::eight(dequantized(&block, weights, 8))),
        }
        Ok(())
    }
}

#[inline(always)]
fn dequantized<const N: usize>(
    block: &Block,
    weights: &[f32; BLOCK * BLOCK],
    stride: usize,
) -> [[f32; N]; N] {
    let mut square = [[0.0; N]; N];
    for (row, values) in square.iter_mut().enumerate() {
        for (column, value) in values.iter_mut().enumerate() {
            let place = row * stride + column;
            *value = f32::from(block[place]) * weights[place];
        }
    }
    square
}

#[inline(always)]
fn store<'a, const N: usize>(rows: impl Iterator<Item = &'a mut [u8]>, block: [[f32; N]; N]) {
    for (row, values) in rows.zip(block) {
        if let Some(row) = row.first_chunk_mut::<N>() {
            for n in 0..N {
                row[n] = sample(values[n]);
            }
        }
    }
}

/// Samples are stored around zero (section A.3.1). The sum with 2^23 has the nearest whole number in its lowest bits, which
/// is quicker to get at than by a conversion.
#[inline(always)]
fn sample(value: f32) -> u8 {
    const WHOLE: f32 = 8_388_608.0;
    ((value + 128.0).clamp(0.0, 255.0) + WHOLE).to_bits() as u8
}

/// What is kept of a block for so many samples in each direction, and the weights of that.
fn wanted(side: usize, quantizers: &[u16; 64]) -> (Wanted, [f32; BLOCK * BLOCK]) {
    let mut wanted = Wanted {
        places: [127; 128],
        last: 0,
    };
    let mut weights = [0.0; BLOCK * BLOCK];
    for (index, ((row, column), step)) in zigzag().zip(quantizers).enumerate() {
        if row < side && column < side {
            let place = row * side + column;
            wanted.places[index] = place as u8;
            wanted.last = index;
            weights[place] = f32::from(*step) * transform::SCALE;
        }
    }
    (wanted, weights)
}

/// Rows and columns of coefficients in their order in a file (section A.3.6): along diagonals, to and fro.
fn zigzag() -> impl Iterator<Item = (usize, usize)> {
    (0..2 * BLOCK - 1).flat_map(|diagonal| {
        let places = (0..BLOCK).filter(move |n| *n <= diagonal && diagonal - *n < BLOCK);
        places.map(move |n| {
            if diagonal % 2 == 0 {
                (diagonal - n, n)
            } else {
                (n, diagonal - n)
            }
        })
    })
}
