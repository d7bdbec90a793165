//! Baseline pictures at a reduced scale (ITU-T T.81, sections F.2 and A.2), which is how nearly every photograph comes.
//!
//! Of each block only the low frequencies that the scale can show are kept; the others, most of a photograph's bits, are
//! passed over several at a time. Rows of blocks are decoded one by one, so that no more than one is held beside the result.

mod band;
mod bits;
mod entropy;
mod header;
mod huffman;
#[cfg(test)]
mod tests;
mod transform;

use super::{Layout, Reduction};
use crate::{ImageError, geometry::Size, planes::Planes};
use band::{Band, Sampling};
use entropy::Entropy;
use header::Header;

/// Eight-bit samples at the reduced scale.
pub struct Reduced {
    pub size: Size,
    pub layout: Layout,
    pub samples: Vec<u8>,
}

/// Decodes the picture, unless it is of a kind, or wanted at a scale, that is left to a decoder for everything.
pub fn decode(bytes: &[u8], reduction: Reduction) -> Option<Result<Reduced, ImageError>> {
    let header = header(bytes, reduction)?;
    Some(read(&header, reduction))
}

/// The same as planes, of a picture whose chrominance is stored at half the size.
pub fn planes(bytes: &[u8], reduction: Reduction) -> Option<Result<Planes, ImageError>> {
    let header = header(bytes, reduction)?;
    header
        .halves_chroma()
        .then(|| read_planes(&header, reduction))
}

fn header(bytes: &[u8], reduction: Reduction) -> Option<Header<'_>> {
    (reduction.factor() > 1).then(|| Header::read(bytes))?
}

fn read(header: &Header<'_>, reduction: Reduction) -> Result<Reduced, ImageError> {
    let size = reduction.apply(header.size);
    let mut band = Band::new(header, reduction, Sampling::Full);
    let layout = band.layout();
    let mut samples = Vec::with_capacity(size.pixels() as usize * layout.channels());
    let mut left = size.height as usize;
    walk(header, &mut band, |band| {
        let rows = left.min(band.rows());
        band.write(rows, size.width as usize, &mut samples);
        left -= rows;
    })?;
    Ok(Reduced {
        size,
        layout,
        samples,
    })
}

fn read_planes(header: &Header<'_>, reduction: Reduction) -> Result<Planes, ImageError> {
    let mut planes = Planes::with_capacity(reduction.apply(header.size));
    let mut band = Band::new(header, reduction, Sampling::Stored);
    walk(header, &mut band, |band| {
        band.write_plane(0, &mut planes.luma);
        for (index, plane) in (1..).zip(&mut planes.chroma) {
            band.write_plane(index, plane);
        }
    })?;
    Ok(planes)
}

/// Decodes one row of units after the other.
fn walk(
    header: &Header<'_>,
    band: &mut Band,
    mut write: impl FnMut(&Band),
) -> Result<(), ImageError> {
    let mut entropy = Entropy::new(header);
    for _ in 0..header.units().height {
        for column in 0..header.units().width {
            entropy.begin_unit()?;
            band.decode_unit(&mut entropy, column as usize)?;
        }
        write(band);
    }
    entropy.finish()
}
