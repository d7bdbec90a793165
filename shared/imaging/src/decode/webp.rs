use super::animation::Part;
use super::canvas::Canvas;
use super::reduce::Reducer;
use super::riff::{self, Chunk};
use super::{Animation, Decoder, Frames, Header, Layout, Raster, Reduction};
use crate::geometry::Size;
use crate::{Format, ImageError, Limits, Orientation, exif};
use webp::{BitstreamFeatures, WebPImage};

/// Bytes of each pixel while a picture is decoded: the decoder's own and the result's.
const WORKING_SET: u64 = 8;
/// Bytes of each pixel of an animation's canvas.
const CANVAS: u64 = 4;
/// Flag of the extended header (RFC 9649, section 2.7.1).
const EXIF_FLAG: u8 = 0x08;

pub struct WebP;

impl Decoder for WebP {
    fn probe(&self, bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
        for Chunk { kind, data } in riff::chunks(bytes) {
            if matches!(&kind, b"ICCP" | b"EXIF") {
                limits.check_metadata(data.len())?;
            }
        }
        let features = features(bytes)?;
        let canvas = size(&features);
        limits.check_size(canvas)?;
        let animation = animation(bytes, canvas, limits)?;
        let frame = animation.map_or(0, |_| CANVAS);
        limits.check_working_set(canvas.pixels() * (WORKING_SET + frame))?;
        let first = parts(bytes).next().transpose()?;
        let partial = first.is_some_and(|part| part.area.size != canvas);
        let alpha = features.has_alpha() || partial;
        let orientation = orientation(bytes)?;
        Ok(Header::new(Format::WebP, canvas, orientation, alpha).animated(animation))
    }

    fn decode(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Raster, ImageError> {
        if block(bytes, b"ANMF").is_some() {
            return super::first(self.frames(bytes, reduction, limits)?);
        }
        if !riff::is_complete(bytes) {
            return Err(ImageError::truncated());
        }
        Ok(Raster {
            profile: profile(bytes),
            ..reduced(&still(bytes)?, reduction.gentler())
        })
    }

    fn frames<'a>(
        &self,
        bytes: &'a [u8],
        reduction: Reduction,
        _limits: &Limits,
    ) -> Result<Frames<'a>, ImageError> {
        if !riff::is_complete(bytes) {
            return Err(ImageError::truncated());
        }
        let mut canvas = Canvas::new(size(&features(bytes)?));
        let profile = profile(bytes);
        Ok(Box::new(parts(bytes).map(move |part| {
            let part = part?;
            part.draw(&mut canvas)?;
            Ok(canvas.frame(reduction, profile.clone(), part.delay))
        })))
    }
}

/// `None` for a still picture.
fn animation(bytes: &[u8], canvas: Size, limits: &Limits) -> Result<Option<Animation>, ImageError> {
    let frames = riff::chunks(bytes)
        .filter(|chunk| &chunk.kind == b"ANMF")
        .count();
    if frames == 0 {
        return Ok(None);
    }
    limits.check_frames(frames, canvas)?;
    let loops = block(bytes, b"ANIM").and_then(|data| data.get(4..)?.first_chunk().copied());
    Ok(Some(Animation {
        frames,
        loops: loops.map_or(0, u16::from_le_bytes),
    }))
}

fn parts(bytes: &[u8]) -> impl Iterator<Item = Result<Part<'_>, ImageError>> {
    let frames = riff::chunks(bytes).filter(|chunk| &chunk.kind == b"ANMF");
    frames.map(|chunk| Part::read(chunk.data))
}

fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    block(bytes, b"ICCP").map(<[u8]>::to_vec)
}

pub fn features(bytes: &[u8]) -> Result<BitstreamFeatures, ImageError> {
    BitstreamFeatures::new(bytes).ok_or_else(|| ImageError::broken("its header cannot be read"))
}

pub fn size(features: &BitstreamFeatures) -> Size {
    Size::new(features.width(), features.height())
}

/// The format offers no decoding at a reduced scale, but what follows is cheaper on a smaller picture.
pub fn reduced(picture: &WebPImage, reduction: Reduction) -> Raster {
    let size = Size::new(picture.width(), picture.height());
    let layout = layout(picture);
    let mut reducer = Reducer::new(size, layout, reduction);
    let rows = picture.chunks_exact(size.width as usize * layout.channels());
    rows.for_each(|row| reducer.push(row));
    Raster {
        size: reduction.apply(size),
        layout,
        samples: reducer.finish(),
        profile: None,
    }
}

pub fn still(bytes: &[u8]) -> Result<WebPImage, ImageError> {
    let picture = webp::Decoder::new(bytes).decode();
    picture.ok_or_else(|| ImageError::broken("it is damaged or not complete"))
}

pub fn layout(picture: &WebPImage) -> Layout {
    if picture.is_alpha() {
        Layout::Rgba
    } else {
        Layout::Rgb
    }
}

/// EXIF comes after the pixels; that it comes at all is told before.
fn orientation(bytes: &[u8]) -> Result<Orientation, ImageError> {
    let flags = block(bytes, b"VP8X").and_then(<[u8]>::first);
    let expected = flags.is_some_and(|flags| flags & EXIF_FLAG != 0);
    match block(bytes, b"EXIF") {
        None if expected && !riff::is_complete(bytes) => Err(ImageError::truncated()),
        found => Ok(found.map_or(Orientation::Upright, exif::orientation)),
    }
}

fn block<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut chunks = riff::chunks(bytes);
    chunks
        .find(|chunk| &chunk.kind == kind)
        .map(|chunk| chunk.data)
}
