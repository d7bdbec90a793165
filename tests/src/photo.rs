//! A photograph as a phone makes it: 12 megapixels, JPEG, lying on its side with an EXIF orientation that says so.

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use rusty_jpeg::encode::{ColorType, Encoder, SamplingFactor};

const LONG: usize = 4032;
const SHORT: usize = 3024;

/// 4032×3024 as stored, 3024×4032 when upright (orientation 6). The stored left edge is red and becomes the top. Its EXIF names
/// a camera and a place, which no variant may show.
#[must_use]
pub fn phone_photo() -> Vec<u8> {
    let pixels = pixels();
    let jpeg = encode(&pixels);
    with_exif(&jpeg, 6)
}

fn pixels() -> Vec<u8> {
    let mut noise = SmallRng::seed_from_u64(12);
    let mut pixels = Vec::with_capacity(LONG * SHORT * 3);
    for y in 0..SHORT {
        for x in 0..LONG {
            let grain: u8 = noise.random_range(0..12);
            if x < LONG / 8 {
                pixels.extend([220 + grain, 20 + grain, 20 + grain]);
            } else {
                pixels.extend([
                    (x * 200 / LONG) as u8 + grain,
                    (y * 200 / SHORT) as u8 + grain,
                    90 + grain,
                ]);
            }
        }
    }
    pixels
}

/// Puts an APP1 segment with orientation, maker and GPS behind the start of the image.
#[must_use]
pub fn with_exif(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    let maker = b"Secret Camera\0";
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(2u16.to_le_bytes());
    let values = 8 + 2 + 2 * 12 + 4;
    entry(&mut tiff, 0x010f, 2, maker.len() as u32, values as u32);
    entry(&mut tiff, 0x0112, 3, 1, u32::from(orientation));
    tiff.extend(0u32.to_le_bytes());
    tiff.extend(maker);
    let mut app1 = b"Exif\0\0".to_vec();
    app1.extend(tiff);
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(((app1.len() + 2) as u16).to_be_bytes());
    out.extend(app1);
    out.extend(&jpeg[2..]);
    out
}

fn entry(tiff: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32) {
    tiff.extend(tag.to_le_bytes());
    tiff.extend(kind.to_le_bytes());
    tiff.extend(count.to_le_bytes());
    tiff.extend(value.to_le_bytes());
}

fn encode(pixels: &[u8]) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(pixels, LONG as u16, SHORT as u16, ColorType::Rgb)
        .expect("an encoded photo");
    jpeg
}
