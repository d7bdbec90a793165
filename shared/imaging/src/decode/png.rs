use super::reduce::Reducer;
use super::{Decoder, Header, Layout, Raster, Reduction};
use crate::geometry::Size;
use crate::{Format, ImageError, Limits, Orientation, exif};
use png::{ColorType, DecodingError, Reader, Transformations};
use std::io::{Cursor, ErrorKind};

const SIGNATURE: usize = 8;
const CHECKSUM: usize = 4;
/// Bits of the colour type (PNG, third edition, section 11.2.1).
const ALPHA: u8 = 4;

pub struct Png;

type Source<'a> = Reader<Cursor<&'a [u8]>>;

impl Decoder for Png {
    fn probe(&self, bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
        let mut chunks = Chunks(bytes.get(SIGNATURE..).unwrap_or_default());
        let ihdr = match chunks.next() {
            Some(chunk) if &chunk.kind == b"IHDR" => Ihdr::read(chunk.data)?,
            _ => return Err(ImageError::truncated()),
        };
        limits.check_size(ihdr.size)?;
        if ihdr.interlaced {
            limits.check_working_set(ihdr.size.pixels() * 4)?;
        }
        let mut alpha = ihdr.color & ALPHA != 0;
        let mut orientation = Orientation::Upright;
        let mut pixels = false;
        for Chunk { kind, data } in chunks {
            match &kind {
                b"tRNS" => alpha = true,
                b"iCCP" => limits.check_metadata(data.len())?,
                b"eXIf" => {
                    limits.check_metadata(data.len())?;
                    orientation = exif::orientation(data);
                }
                b"IDAT" => pixels = true,
                b"IEND" => break,
                _ => {}
            }
        }
        if !pixels {
            return Err(ImageError::truncated());
        }
        Ok(Header::new(Format::Png, ihdr.size, orientation, alpha))
    }

    fn decode(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Raster, ImageError> {
        let reduction = reduction.gentler();
        let fault = |error| fault(error, limits);
        let mut reader = open(bytes, limits).map_err(fault)?;
        let (width, height) = reader.info().size();
        let (size, layout) = (Size::new(width, height), layout(&reader)?);
        let mut reducer = Reducer::new(size, layout, reduction);
        if reader.info().interlaced {
            whole(&mut reader, &mut reducer).map_err(fault)?;
        } else {
            row_by_row(&mut reader, &mut reducer).map_err(fault)?;
        }
        // Checks that the file goes on to its end.
        reader.finish().map_err(fault)?;
        let profile = reader.info().icc_profile.as_ref();
        Ok(Raster {
            size: reduction.apply(size),
            layout,
            profile: profile.map(|profile| profile.to_vec()),
            samples: reducer.finish(),
        })
    }
}

/// Palettes, few bits and 16 bits all come out as eight bits a sample.
fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Source<'a>, DecodingError> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let row = decoder.read_header_info()?.raw_row_length();
    // Bounds what a compressed profile can grow to; rows are counted along.
    decoder.set_limits(png::Limits {
        bytes: limits.max_metadata * 4 + row * 4,
    });
    decoder.read_info()
}

fn layout(reader: &Source<'_>) -> Result<Layout, ImageError> {
    match reader.output_color_type().0 {
        ColorType::Grayscale => Ok(Layout::Gray),
        ColorType::GrayscaleAlpha => Ok(Layout::GrayAlpha),
        ColorType::Rgb => Ok(Layout::Rgb),
        ColorType::Rgba => Ok(Layout::Rgba),
        ColorType::Indexed => Err(ImageError::broken("its palette cannot be resolved")),
    }
}

fn row_by_row(reader: &mut Source<'_>, reducer: &mut Reducer) -> Result<(), DecodingError> {
    while let Some(row) = reader.next_row()? {
        reducer.push(row.data());
    }
    Ok(())
}

/// An interlaced picture is complete only when its last pass is.
fn whole(reader: &mut Source<'_>, reducer: &mut Reducer) -> Result<(), DecodingError> {
    let bytes = reader.output_buffer_size();
    let mut samples = vec![0; bytes.ok_or(DecodingError::LimitsExceeded)?];
    let line = reader.next_frame(&mut samples)?.line_size;
    samples.chunks_exact(line).for_each(|row| reducer.push(row));
    Ok(())
}

fn fault(error: DecodingError, limits: &Limits) -> ImageError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            ImageError::truncated()
        }
        DecodingError::LimitsExceeded => ImageError::TooLarge {
            what: "bytes of metadata",
            limit: limits.max_metadata as u64,
        },
        other => ImageError::broken(&other),
    }
}

struct Ihdr {
    size: Size,
    color: u8,
    interlaced: bool,
}

impl Ihdr {
    fn read(data: &[u8]) -> Result<Self, ImageError> {
        let [
            w3,
            w2,
            w1,
            w0,
            h3,
            h2,
            h1,
            h0,
            _depth,
            color,
            _,
            _,
            interlace,
        ] = data
        else {
            return Err(ImageError::broken("its header has the wrong length"));
        };
        Ok(Self {
            size: Size::new(
                u32::from_be_bytes([*w3, *w2, *w1, *w0]),
                u32::from_be_bytes([*h3, *h2, *h1, *h0]),
            ),
            color: *color,
            interlaced: *interlace != 0,
        })
    }
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

/// The last chunk may be cut short. Checksums are left to the decoder.
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (data, rest) = rest.split_at(length.min(rest.len()));
        self.0 = rest.get(CHECKSUM..).unwrap_or_default();
        Some(Chunk { kind: *kind, data })
    }
}
