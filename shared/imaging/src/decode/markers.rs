//! The marker structure of a JPEG file (ITU-T T.81, annex B), read without decoding.

use crate::{ImageError, Limits, Orientation, exif, geometry::Size};
use memchr::memchr;

const SOF: u8 = 0xC0;
const DHT: u8 = 0xC4;
const JPG: u8 = 0xC8;
const DAC: u8 = 0xCC;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const TEM: u8 = 0x01;

const ICC_PREFIX: &[u8] = b"ICC_PROFILE\0";

/// What the markers tell about the file.
pub struct Markers<'a> {
    pub frame: Frame,
    pub scans: u32,
    pub orientation: Orientation,
    /// Without Adobe's marker CMYK samples are amounts of ink, with it their complement.
    pub adobe: bool,
    /// The file goes on to its end marker.
    pub complete: bool,
    icc: Vec<(u8, &'a [u8])>,
}

/// The frame header (section B.2.2).
pub struct Frame {
    pub size: Size,
    pub progressive: bool,
    /// Identifier of each component and its samples, counted as they are stored.
    components: Vec<(u8, u64)>,
}

impl<'a> Markers<'a> {
    /// Stops at the first scan above the limit: the rest of such a file is not worth a look.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self, ImageError> {
        let mut frame: Option<Frame> = None;
        let (mut scans, mut scanned) = (0, 0);
        let (mut orientation, mut adobe) = (Orientation::Upright, false);
        let mut icc = Vec::new();
        let mut segments = Segments::new(bytes);
        for Segment { marker, payload } in &mut segments {
            match marker {
                DHT | DAC | JPG => {}
                SOF..=0xCF if frame.is_some() => {
                    return Err(ImageError::broken("it has more than one frame"));
                }
                SOF..=0xCF => {
                    let read = Frame::read(marker, payload)?;
                    limits.check_size(read.size)?;
                    frame = Some(read);
                }
                SOS => {
                    scans += 1;
                    scanned += frame.as_ref().map_or(0, |frame| frame.scanned(payload));
                    limits.check_scans(scans, scanned)?;
                }
                APP1 if payload.starts_with(exif::PREFIX) => {
                    orientation = exif::orientation(payload);
                }
                APP2 => icc.extend(icc_part(payload)),
                APP14 => adobe |= payload.starts_with(b"Adobe"),
                _ => {}
            }
        }
        Ok(Self {
            frame: frame.ok_or_else(ImageError::truncated)?,
            scans,
            orientation,
            adobe,
            complete: segments.complete,
            icc,
        })
    }

    /// The parts of the profile in their order, without a check that none is missing: a profile with a hole does not parse.
    pub fn profile(mut self) -> Option<Vec<u8>> {
        self.icc.sort_by_key(|(number, _)| *number);
        let profile: Vec<u8> = self
            .icc
            .iter()
            .flat_map(|(_, part)| *part)
            .copied()
            .collect();
        (!profile.is_empty()).then_some(profile)
    }

    pub fn profile_bytes(&self) -> usize {
        self.icc.iter().map(|(_, part)| part.len()).sum()
    }
}

/// ICC.1:2022, section B.4: a number and a count before each part.
fn icc_part(payload: &[u8]) -> Option<(u8, &[u8])> {
    match payload.strip_prefix(ICC_PREFIX)? {
        [number, _count, part @ ..] => Some((*number, part)),
        _ => None,
    }
}

impl Frame {
    fn read(marker: u8, payload: &[u8]) -> Result<Self, ImageError> {
        let unsupported = |found| Err(ImageError::Unsupported { found });
        match marker {
            0xC0..=0xC2 => {}
            0xC3 => return unsupported("lossless JPEG"),
            0xC5..=0xC7 => return unsupported("hierarchical JPEG"),
            _ => return unsupported("JPEG with arithmetic coding"),
        }
        let [precision, h1, h0, w1, w0, count, components @ ..] = payload else {
            return Err(ImageError::truncated());
        };
        if *precision != 8 {
            return unsupported("JPEG with other than 8 bits a sample");
        }
        if !matches!(count, 1 | 3 | 4) {
            return unsupported("JPEG with other than 1, 3 or 4 components");
        }
        let size = Size::new(
            u16::from_be_bytes([*w1, *w0]).into(),
            u16::from_be_bytes([*h1, *h0]).into(),
        );
        if size.height == 0 {
            return unsupported("JPEG with its height at the end");
        }
        let (components, _) = components.as_chunks::<3>();
        if components.len() != usize::from(*count) {
            return Err(ImageError::broken("its frame header has the wrong length"));
        }
        Ok(Self {
            size,
            progressive: marker == 0xC2,
            components: samples(size, components),
        })
    }

    pub fn samples(&self) -> u64 {
        self.components.iter().map(|(_, samples)| samples).sum()
    }

    /// Of the components that the scan header names (section B.2.3).
    fn scanned(&self, scan: &[u8]) -> u64 {
        let named = |id: &u8| {
            let (parts, _) = scan.get(1..).unwrap_or_default().as_chunks::<2>();
            parts.iter().any(|[part, _tables]| part == id)
        };
        let scanned = self.components.iter().filter(|(id, _)| named(id));
        scanned.map(|(_, samples)| samples).sum()
    }
}

/// Each component has its own sampling factors; the largest ones stand for the full size (section A.1.1).
fn samples(size: Size, components: &[[u8; 3]]) -> Vec<(u8, u64)> {
    let largest = |factor: fn(&[u8; 3]) -> u8| components.iter().map(factor).max();
    let across = largest(|[_, factors, _]| factors >> 4).unwrap_or(1).max(1);
    let down = largest(|[_, factors, _]| factors & 15).unwrap_or(1).max(1);
    let part = |[id, factors, _]: &[u8; 3]| {
        let blocks = u64::from(factors >> 4) * u64::from(factors & 15);
        let samples = size.pixels() * blocks / (u64::from(across) * u64::from(down));
        (*id, samples)
    };
    components.iter().map(part).collect()
}

pub struct Segment<'a> {
    pub marker: u8,
    pub payload: &'a [u8],
}

/// All segments up to the end of the image. Entropy-coded data between them, restart markers and fill bytes are passed over,
/// as decoders do with stray bytes.
pub struct Segments<'a> {
    rest: &'a [u8],
    complete: bool,
}

impl<'a> Segments<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            complete: false,
        }
    }

    /// What follows the last segment.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn marker(&mut self) -> Option<u8> {
        loop {
            let at = memchr(0xFF, self.rest)?;
            let code = *self.rest.get(at + 1)?;
            match code {
                // Of two fill bytes the second may introduce the marker.
                0xFF => self.rest = self.rest.get(at + 1..)?,
                0x00 | TEM | 0xD0..=SOI => self.rest = self.rest.get(at + 2..)?,
                code => {
                    self.rest = self.rest.get(at + 2..)?;
                    return Some(code);
                }
            }
        }
    }

    fn payload(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(u16::from_be_bytes(*self.rest.first_chunk()?));
        let (segment, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        segment.get(2..)
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.complete {
            return None;
        }
        let marker = self.marker()?;
        if marker == EOI {
            self.complete = true;
            return None;
        }
        let payload = self.payload()?;
        Some(Segment { marker, payload })
    }
}
