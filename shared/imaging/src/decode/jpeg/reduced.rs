//! Baseline pictures at a reduced scale (ITU-T T.81, sections F.2 and A.2), which is how nearly every photograph comes.
//!
//! Of each block only the low frequencies that the scale can show are kept; the others, most of a photograph's bits, are
//! passed over several at a time. Rows of blocks are decoded one by one, so that no more than one is held beside the result.

mod bits;
mod colors;
mod entropy;
mod header;
mod huffman;
mod planes;
#[cfg(test)]
mod tests;
mod transform;

use super::{Layout, Reduction};
use crate::{ImageError, geometry::Size};
use entropy::Entropy;
use header::Header;
use planes::Planes;

/// Eight-bit samples at the reduced scale.
pub struct Reduced {
    pub size: Size,
    pub layout: Layout,
    pub samples: Vec<u8>,
}

/// Decodes the picture, unless it is of a kind, or wanted at a scale, that is left to a decoder for everything.
pub fn decode(bytes: &[u8], reduction: Reduction) -> Option<Result<Reduced, ImageError>> {
    if reduction.factor() == 1 {
        return None;
    }
    Header::read(bytes).map(|header| read(&header, reduction))
}

fn read(header: &Header<'_>, reduction: Reduction) -> Result<Reduced, ImageError> {
    let size = reduction.apply(header.size);
    let mut planes = Planes::new(header, reduction);
    let mut entropy = Entropy::new(header);
    let mut samples = Vec::with_capacity(size.pixels() as usize * planes.layout().channels());
    for row in 0..header.units().height {
        for column in 0..header.units().width {
            entropy.begin_unit()?;
            planes.decode_unit(&mut entropy, column as usize)?;
        }
        let first = row * planes.rows();
        let rows = size.height.saturating_sub(first).min(planes.rows());
        planes.write(rows as usize, size.width as usize, &mut samples);
    }
    entropy.finish()?;
    Ok(Reduced {
        size,
        layout: planes.layout(),
        samples,
    })
}
