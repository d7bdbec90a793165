//! AV1 image files (AV1 Image File Format, version 1.1). Of a sequence the picture that stands for it is taken.

mod boxes;
mod items;
mod planes;

use super::reduce::Reducer;
use super::{Decoder, Header, Layout, Raster, Reduction};
use crate::geometry::Size;
use crate::{Format, ImageError, Limits, Orientation};
use boxes::Cursor;
use items::Items;
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics,
};
use oxideav_av1::decoder::{SpecDecodeSession, SpecFrame};
use oxideav_av1::obu::{ObuIter, ObuType};
use oxideav_av1::sequence_header::{SequenceHeader, parse_sequence_header};
use planes::{Coding, Planes};

/// Bytes of each pixel while a picture is decoded: prediction, the filters and the result.
const WORKING_SET: u64 = 20;
/// A still picture is one frame; layers and helpers make it a few.
const MOST_FRAMES: u64 = 4;

pub struct Avif;

impl Decoder for Avif {
    fn probe(&self, bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
        let items = open(bytes)?;
        let item = items.primary;
        let size = size(&items, item)?;
        limits.check_size(size)?;
        limits.check_working_set(size.pixels() * WORKING_SET)?;
        if let Some(profile) = icc(&items, item) {
            limits.check_metadata(profile.len())?;
        }
        // It is decoded like the picture itself, and so has to be within the same limits.
        let alpha = items.alpha(item);
        if let Some(alpha) = alpha
            && self::size(&items, alpha)? != size
        {
            return Err(ImageError::broken("its alpha is of another size"));
        }
        let alpha = alpha.is_some();
        let orientation = orientation(&items, item);
        Ok(Header::new(Format::Avif, size, orientation, alpha))
    }

    fn decode(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Raster, ImageError> {
        let items = open(bytes)?;
        let item = items.primary;
        let (frame, coding) = decoded(&items, item, limits)?;
        let picture = Planes::new(&frame, coding)?;
        let alpha = items.alpha(item);
        let alpha = alpha
            .map(|alpha| decoded(&items, alpha, limits))
            .transpose()?;
        let alpha = alpha
            .as_ref()
            .map(|(frame, coding)| Planes::new(frame, *coding));
        let alpha = alpha.transpose()?;
        if alpha
            .as_ref()
            .is_some_and(|alpha| alpha.size() != picture.size())
        {
            return Err(ImageError::broken("its alpha is of another size"));
        }
        let (layout, samples) = samples(&picture, alpha.as_ref(), reduction);
        Ok(Raster {
            size: reduction.apply(picture.size()),
            layout,
            samples,
            profile: icc(&items, item)
                .map(<[u8]>::to_vec)
                .or_else(|| profile(coding)),
        })
    }
}

/// The items of a file whose picture is one that is read here.
fn open(bytes: &[u8]) -> Result<Items<'_>, ImageError> {
    let items = Items::read(bytes).ok_or_else(ImageError::truncated)?;
    let unsupported = |found| Err(ImageError::Unsupported { found });
    match &items
        .kind(items.primary)
        .ok_or_else(ImageError::truncated)?
    {
        b"av01" => {}
        b"grid" => return unsupported("AVIF made of tiles"),
        b"hvc1" => return unsupported("HEIC"),
        _ => return unsupported("AVIF without a picture"),
    }
    match items.property(items.primary, b"clap") {
        Some(_) => unsupported("AVIF with a crop"),
        None => Ok(items),
    }
}

fn size(items: &Items<'_>, item: usize) -> Result<Size, ImageError> {
    let side = |cursor: &mut Cursor<'_>| u32::try_from(cursor.number(4)?).ok();
    let read = || {
        let mut cursor = Cursor(items.property(item, b"ispe")?);
        cursor.version()?;
        Some(Size::new(side(&mut cursor)?, side(&mut cursor)?))
    };
    read().ok_or_else(ImageError::truncated)
}

/// What turns the picture upright: a rotation to the left by quarters, then a mirroring (ISO/IEC 23008-12, sections
/// 6.5.10 and 6.5.12). EXIF does not count here.
fn orientation(items: &Items<'_>, item: usize) -> Orientation {
    let first = |kind| items.property(item, kind).and_then(<[u8]>::first).copied();
    let quarters = first(b"irot").unwrap_or_default() & 3;
    let mirror = first(b"imir").map(|axis| axis & 1);
    Orientation::from_exif(match (quarters, mirror) {
        (0, None) => 1,
        (0, Some(1)) | (2, Some(0)) => 2,
        (2, None) => 3,
        (0, Some(_)) | (2, Some(_)) => 4,
        (1, Some(0)) | (3, Some(1)) => 5,
        (3, None) => 6,
        (1, Some(_)) | (3, Some(_)) => 7,
        (_, _) => 8,
    })
}

fn icc<'a>(items: &Items<'a>, item: usize) -> Option<&'a [u8]> {
    let mut colors = items
        .properties(item)
        .filter(|property| &property.kind == b"colr");
    colors.find_map(|color| {
        color
            .data
            .strip_prefix(b"prof")
            .or(color.data.strip_prefix(b"rICC"))
    })
}

fn decoded(
    items: &Items<'_>,
    item: usize,
    limits: &Limits,
) -> Result<(SpecFrame, Coding), ImageError> {
    let expected = size(items, item)?;
    limits.check_size(expected)?;
    let data = items.data(item).ok_or_else(ImageError::truncated)?;
    let sequence = sequence(&data)?;
    let mut session = SpecDecodeSession::new();
    let most = u32::try_from(expected.pixels()).unwrap_or(u32::MAX);
    session.set_max_picture_size(most);
    let frames = session.decode_temporal_unit(&data);
    let last = frames.map_err(|e| ImageError::broken(&e))?.pop();
    let frame = last.ok_or_else(ImageError::truncated)?;
    if Size::new(frame.width, frame.height) != expected {
        return Err(ImageError::broken("it is not as large as it says"));
    }
    Ok((frame, coding(items, item, &sequence)))
}

/// Checks on the way that there are no more frames than a picture has.
fn sequence(data: &[u8]) -> Result<SequenceHeader, ImageError> {
    let (mut sequence, mut frames) = (None, 0);
    for unit in ObuIter::new(data) {
        let unit = unit.map_err(|e| ImageError::broken(&e))?;
        match unit.obu_type {
            ObuType::SequenceHeader => sequence = Some(unit.payload),
            ObuType::Frame | ObuType::FrameHeader => frames += 1,
            _ => {}
        }
    }
    if frames > MOST_FRAMES {
        return Err(ImageError::TooLarge {
            what: "frames in its picture",
            limit: MOST_FRAMES,
        });
    }
    let header = sequence.ok_or_else(ImageError::truncated)?;
    parse_sequence_header(header).map_err(|e| ImageError::broken(&e))
}

/// As the item's property tells, else as the stream itself does.
fn coding(items: &Items<'_>, item: usize, sequence: &SequenceHeader) -> Coding {
    let mut colors = items
        .properties(item)
        .filter(|property| &property.kind == b"colr");
    let told = colors.find_map(|color| match *color.data.strip_prefix(b"nclx")? {
        [_, primaries, _, transfer, _, matrix, range, ..] => Some(Coding {
            primaries,
            transfer,
            matrix,
            full_range: range & 0x80 != 0,
        }),
        _ => None,
    });
    let own = &sequence.color_config;
    told.unwrap_or(Coding {
        primaries: own.color_primaries,
        transfer: own.transfer_characteristics,
        matrix: own.matrix_coefficients,
        full_range: own.color_range,
    })
}

/// `None` for what is sRGB or as good as it: BT.709 with the curve of sRGB, of television, or with none told.
fn profile(coding: Coding) -> Option<Vec<u8>> {
    if matches!(coding.primaries, 1 | 2) && matches!(coding.transfer, 1 | 2 | 6 | 13) {
        return None;
    }
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(coding.primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(coding.transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    profile.encode().ok()
}

fn samples(
    picture: &Planes<'_>,
    alpha: Option<&Planes<'_>>,
    reduction: Reduction,
) -> (Layout, Vec<u8>) {
    let layout = if alpha.is_some() {
        Layout::Rgba
    } else {
        Layout::Rgb
    };
    let mut reducer = Reducer::new(picture.size(), layout, reduction);
    for y in 0..picture.size().height {
        let row: Vec<u8> = match alpha {
            Some(alpha) => {
                let pixels = picture.rgb(y).zip(alpha.alpha(y));
                pixels.flat_map(|([r, g, b], a)| [r, g, b, a]).collect()
            }
            None => picture.rgb(y).flatten().collect(),
        };
        reducer.push(&row);
    }
    (layout, reducer.finish())
}
