//! Small whole pictures of every format that is read: what good callers upload, and what mutations begin with.

use anyhow::{Context, Result};
use gif::{Frame, Repeat};
use imaging::{Form, Format, Limits, Request};
use png::{BitDepth, ColorType};
use rusty_jpeg::encode::{ColorType as JpegColor, Encoder};
use std::iter;

pub const WIDTH: u16 = 160;
pub const HEIGHT: u16 = 120;
const QUALITY: u8 = 90;
/// A big-endian EXIF block that has the picture turned by a quarter.
const EXIF: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
/// Red, green, blue, white.
const PALETTE: [u8; 12] = [200, 30, 40, 20, 180, 60, 30, 50, 200, 255, 255, 255];
const FRAMES: u8 = 3;
/// What our own encoder does not write: an animation, a grid's worth of transformations, alpha.
const AVIF: [&[u8]; 3] = [
    include_bytes!("../../../shared/imaging/src/tests/corpus/sequence.avif"),
    include_bytes!("../../../shared/imaging/src/tests/corpus/quarters-turned.avif"),
    include_bytes!("../../../shared/imaging/src/tests/corpus/quarters-alpha.avif"),
];

/// The samples of one format.
pub struct Family {
    pub media_type: &'static str,
    /// What its files are made of, for mutations to put anywhere.
    pub words: &'static [&'static str],
    pub samples: Vec<Vec<u8>>,
}

/// JPEG, PNG, WebP, GIF and AVIF.
pub fn families() -> Result<[Family; 5]> {
    let photo = jpeg(|_| Ok(()))?;
    let gif = gif(FRAMES)?;
    let turned = jpeg(|encoder| Ok(encoder.add_exif_metadata(EXIF)?))?;
    Ok([
        Family {
            media_type: "image/jpeg",
            words: &[
                "Exif\0\0MM\0*",
                "Adobe",
                "ICC_PROFILE\0\x01\x01",
                "\0\x08\0\x01",
            ],
            samples: vec![photo.clone(), turned, progressive()?],
        },
        Family {
            media_type: "image/png",
            words: &[
                "IHDR", "IDAT", "IEND", "acTL", "fdAT", "iCCP", "tRNS", "eXIf",
            ],
            samples: vec![
                written(&photo, Format::Png, false)?,
                deep_png()?,
                indexed_png()?,
            ],
        },
        Family {
            media_type: "image/webp",
            words: &[
                "RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF",
            ],
            samples: vec![
                written(&photo, Format::WebP, false)?,
                written(&photo, Format::WebP, true)?,
                written(&gif, Format::WebP, false)?,
            ],
        },
        Family {
            media_type: "image/gif",
            words: &["GIF89a", "NETSCAPE2.0", "!\0", ";", ",\0\0\0\0"],
            samples: vec![self::gif(1)?, gif],
        },
        Family {
            media_type: "image/avif",
            words: &[
                "meta", "iloc", "ispe", "ipma", "mdat", "av01", "grid", "irot", "clap",
            ],
            samples: iter::once(written(&photo, Format::Avif, false))
                .chain(AVIF.map(|file| Ok(file.to_vec())))
                .collect::<Result<_>>()?,
        },
    ])
}

/// Soft slopes with some grain.
fn rgb() -> Vec<u8> {
    let pixel = |x: u16, y: u16| {
        let grain = ((x * 31) ^ (y * 17)) % 16;
        [x + grain, 2 * y, 90 + grain].map(|value| value.min(255) as u8)
    };
    let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| pixel(x, y)).collect()
}

/// Places in the palette, for each frame other ones.
fn indices(frame: u8) -> Vec<u8> {
    let place = |y: u16, x: u16| (x / 16 + y / 16 + u16::from(frame)) % 4;
    let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| place(y, x) as u8));
    places.collect()
}

fn jpeg(settings: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<()>) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, QUALITY);
    settings(&mut encoder)?;
    encoder.encode(&rgb(), WIDTH, HEIGHT, JpegColor::Rgb)?;
    Ok(file)
}

pub fn progressive() -> Result<Vec<u8>> {
    jpeg(|encoder| {
        encoder.set_progressive(true);
        encoder.set_restart_interval(3);
        Ok(())
    })
}

/// The same picture in another format, by our own engine.
fn written(picture: &[u8], format: Format, lossless: bool) -> Result<Vec<u8>> {
    let form = Form {
        lossless,
        ..Form::default()
    };
    let request = Request {
        name: "sample",
        form: &form,
        formats: &[format],
    };
    let rendered = imaging::render(picture, &[request], &Limits::default())?;
    let made = rendered.variants.into_iter().next();
    made.map(|made| made.bytes).context("nothing was made")
}

pub fn png(
    (width, height): (u32, u32),
    samples: &[u8],
    settings: impl FnOnce(&mut png::Info<'static>),
) -> Result<Vec<u8>> {
    let mut info = png::Info::with_size(width, height);
    settings(&mut info);
    let mut file = Vec::new();
    let mut writer = png::Encoder::with_info(&mut file, info)?.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()?;
    Ok(file)
}

fn deep_png() -> Result<Vec<u8>> {
    let samples: Vec<u8> = rgb().into_iter().flat_map(|value| [value, value]).collect();
    png((WIDTH.into(), HEIGHT.into()), &samples, |info| {
        (info.color_type, info.bit_depth) = (ColorType::Rgb, BitDepth::Sixteen);
        info.exif_metadata = Some(EXIF.into());
    })
}

fn indexed_png() -> Result<Vec<u8>> {
    png((WIDTH.into(), HEIGHT.into()), &indices(0), |info| {
        (info.color_type, info.bit_depth) = (ColorType::Indexed, BitDepth::Eight);
        info.palette = Some(PALETTE.to_vec().into());
        info.trns = Some(vec![9, 99].into());
    })
}

/// An animation, if it has more than one frame.
fn gif(frames: u8) -> Result<Vec<u8>> {
    let mut encoder = gif::Encoder::new(Vec::new(), WIDTH, HEIGHT, &PALETTE)?;
    if frames > 1 {
        encoder.set_repeat(Repeat::Infinite)?;
    }
    for frame in 0..frames {
        encoder.write_frame(&Frame {
            width: WIDTH,
            height: HEIGHT,
            delay: 5,
            buffer: indices(frame).into(),
            ..Frame::default()
        })?;
    }
    Ok(encoder.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_whole_picture_of_its_format() {
        for family in families().unwrap() {
            for sample in &family.samples {
                let format = imaging::probe(sample, &Limits::default()).unwrap().format;
                assert_eq!(format.media_type(), family.media_type);
                assert!(written(sample, Format::Jpeg, false).is_ok());
            }
        }
    }
}
