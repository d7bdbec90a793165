use super::huffman::{Class, Table};
use crate::decode::markers::{Segment, Segments};
use crate::geometry::Size;

const BASELINE: u8 = 0xC0;
const EXTENDED: u8 = 0xC1;
const DHT: u8 = 0xC4;
const SOS: u8 = 0xDA;
const DQT: u8 = 0xDB;
const DRI: u8 = 0xDD;
const APP14: u8 = 0xEE;
/// Side of a block.
const BLOCK: u32 = 8;

/// All that comes before the samples, of a picture that has them in one scan.
pub struct Header<'a> {
    pub size: Size,
    /// Gray, or luminance and two of chrominance.
    pub components: Vec<Component>,
    /// Units between restart markers; none at 0.
    pub interval: u16,
    /// The scan's entropy-coded data and what comes after it.
    pub data: &'a [u8],
}

pub struct Component {
    id: u8,
    /// Blocks in each direction that a unit has of it: 1 or 2.
    pub blocks: usize,
    /// In zigzag order.
    pub quantizers: [u16; 64],
    pub dc: Table,
    pub ac: Table,
}

/// The tables that were told so far, by their numbers.
#[derive(Default)]
struct Tables {
    quantizers: [Option<[u16; 64]>; 4],
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
}

impl<'a> Header<'a> {
    /// Nothing if the picture is of another kind, or if something about it is wrong.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (mut tables, mut frame, mut interval) = (Tables::default(), None, 0);
        let mut segments = Segments::new(bytes);
        while let Some(Segment { marker, payload }) = segments.next() {
            match marker {
                DQT => tables.read_quantizers(payload)?,
                DHT => tables.read_codes(payload)?,
                DRI => interval = u16::from_be_bytes(*payload.first_chunk()?),
                BASELINE | EXTENDED => frame = Some(payload),
                SOS => {
                    let (size, components) = components(frame?, payload, &tables)?;
                    return Some(Self {
                        size,
                        components,
                        interval,
                        data: segments.rest(),
                    });
                }
                0xC2..=0xCF => return None,
                // Only this transform is from the colours that are usual.
                APP14 if payload.starts_with(b"Adobe") && payload.get(11) != Some(&1) => {
                    return None;
                }
                _ => {}
            }
        }
        None
    }

    /// Whether chrominance is stored at half the size.
    pub fn halves_chroma(&self) -> bool {
        matches!(self.components.as_slice(), [luma, _, _] if luma.blocks == 2)
    }

    /// How many units there are in each direction (section A.2).
    pub fn units(&self) -> Size {
        let side = BLOCK
            * self
                .components
                .first()
                .map_or(1, |first| first.blocks as u32);
        Size::new(
            self.size.width.div_ceil(side),
            self.size.height.div_ceil(side),
        )
    }
}

impl Tables {
    /// Section B.2.4.1.
    fn read_quantizers(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = payload.split_first() {
            let table = self.quantizers.get_mut(usize::from(kind & 15))?;
            payload = if kind >> 4 == 0 {
                let (values, rest) = rest.split_first_chunk::<64>()?;
                *table = Some(values.map(u16::from));
                rest
            } else {
                let (values, rest) = rest.split_first_chunk::<128>()?;
                let mut values = values.as_chunks().0.iter().copied().map(u16::from_be_bytes);
                *table = Some(std::array::from_fn(|_| values.next().unwrap_or(1)));
                rest
            };
        }
        Some(())
    }

    /// Section B.2.4.2.
    fn read_codes(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = payload.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let count = counts.iter().copied().map(usize::from).sum();
            let (symbols, rest) = rest.split_at_checked(count)?;
            let (class, tables) = match kind >> 4 {
                0 => (Class::Dc, &mut self.dc),
                _ => (Class::Ac, &mut self.ac),
            };
            let table = tables.get_mut(usize::from(kind & 15))?;
            *table = Some(Table::new(class, counts, symbols)?);
            payload = rest;
        }
        Some(())
    }
}

/// From the headers of frame and scan (sections B.2.2 and B.2.3).
fn components(frame: &[u8], scan: &[u8], tables: &Tables) -> Option<(Size, Vec<Component>)> {
    let [8, h1, h0, w1, w0, count, frame @ ..] = frame else {
        return None;
    };
    let size = Size::new(
        u16::from_be_bytes([*w1, *w0]).into(),
        u16::from_be_bytes([*h1, *h0]).into(),
    );
    let (in_scan, scan) = scan.split_first()?;
    let (frame, scan) = (frame.as_chunks::<3>().0, scan.as_chunks::<2>().0);
    if in_scan != count || frame.len() != usize::from(*count) || scan.len() < frame.len() {
        return None;
    }
    let mut components = frame.iter().zip(scan).map(|(frame, scan)| {
        let [id, factors, quantizers] = *frame;
        let [named, codes] = *scan;
        (id == named).then_some(())?;
        Some(Component {
            id,
            blocks: match factors {
                0x11 => 1,
                0x22 => 2,
                _ => return None,
            },
            quantizers: *tables.quantizers.get(usize::from(quantizers))?.as_ref()?,
            dc: tables.dc.get(usize::from(codes >> 4))?.clone()?,
            ac: tables.ac.get(usize::from(codes & 15))?.clone()?,
        })
    });
    let components: Vec<_> = components.by_ref().collect::<Option<_>>()?;
    sampled_as_usual(components).map(|components| (size, components))
}

/// Gray, all components alike, or chrominance at half the size in both directions.
fn sampled_as_usual(mut components: Vec<Component>) -> Option<Vec<Component>> {
    match components.as_mut_slice() {
        // Of a single component a unit has one block (section A.2.2).
        [gray] => gray.blocks = 1,
        [a, b, c] if [a.id, b.id, c.id] != *b"RGB" && b.blocks == 1 && c.blocks == 1 => {}
        _ => return None,
    }
    Some(components)
}
