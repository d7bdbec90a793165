//! Pictures for tests, made here but for those of AV1, which another encoder than ours has made.

pub mod gif;

use super::bitmap::Bitmap;
use super::decode::{Reduction, decoder};
use super::geometry::Size;
use super::{Limits, color, probe};
use rusty_jpeg::encode::{ColorType, Encoder};

pub const RED: [u8; 3] = [220, 30, 40];
pub const GREEN: [u8; 3] = [20, 180, 60];
pub const BLUE: [u8; 3] = [30, 50, 200];
pub const YELLOW: [u8; 3] = [230, 210, 20];

/// RGB quarters: red and green over blue and yellow.
pub fn quarters(size: Size) -> Vec<u8> {
    pixels(size, |x, y| {
        match (x * 2 < size.width, y * 2 < size.height) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => YELLOW,
        }
    })
}

/// Soft colours with detail everywhere, as in a photograph.
pub fn photo(size: Size) -> Vec<u8> {
    pixels(size, |x, y| {
        let wave = |v: u32, by: f32| ((v as f32 / by).sin() * 60.0 + 128.0) as u8;
        let grain = (x.wrapping_mul(31) ^ y.wrapping_mul(17)) as u8 % 16;
        [
            wave(x, 23.0) + grain,
            wave(y, 31.0) + grain,
            wave(x + y, 57.0) + grain,
        ]
    })
}

pub fn pixels<const N: usize>(size: Size, pixel: impl Fn(u32, u32) -> [u8; N]) -> Vec<u8> {
    let rows = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    rows.flat_map(|(x, y)| pixel(x, y)).collect()
}

/// A big- or little-endian EXIF block with an entry before the orientation and one after.
pub fn exif(orientation: u16, big_endian: bool) -> Vec<u8> {
    let short = |v: u16| {
        if big_endian {
            v.to_be_bytes()
        } else {
            v.to_le_bytes()
        }
    };
    let long = |v: u32| {
        if big_endian {
            v.to_be_bytes()
        } else {
            v.to_le_bytes()
        }
    };
    let mut tiff = if big_endian { b"MM\0*" } else { b"II*\0" }.to_vec();
    tiff.extend(long(8));
    tiff.extend(short(3));
    for (tag, value) in [(0x0103, 6), (0x0112, orientation), (0x0128, 2)] {
        tiff.extend([short(tag), short(3)].concat());
        tiff.extend(long(1));
        tiff.extend([short(value), short(0)].concat());
    }
    tiff.extend(long(0));
    tiff
}

pub fn jpeg(size: Size, rgb: &[u8]) -> Vec<u8> {
    jpeg_with(size, rgb, ColorType::Rgb, |_| {})
}

pub fn jpeg_with(
    size: Size,
    samples: &[u8],
    color: ColorType,
    settings: impl FnOnce(&mut Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 95);
    settings(&mut encoder);
    let [width, height] = [size.width, size.height].map(|side| u16::try_from(side).unwrap());
    encoder.encode(samples, width, height, color).unwrap();
    file
}

pub fn png_with(
    size: Size,
    samples: &[u8],
    (color, depth): (png::ColorType, png::BitDepth),
    settings: impl FnOnce(&mut png::Info<'static>),
) -> Vec<u8> {
    let mut info = png::Info::with_size(size.width, size.height);
    (info.color_type, info.bit_depth) = (color, depth);
    settings(&mut info);
    let mut file = Vec::new();
    let encoder = png::Encoder::with_info(&mut file, info).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    file
}

pub fn png(size: Size, rgb: &[u8]) -> Vec<u8> {
    png_with(
        size,
        rgb,
        (png::ColorType::Rgb, png::BitDepth::Eight),
        |_| {},
    )
}

/// An Adam7 picture (PNG, third edition, section 8.1): the seven passes one after the other, in a stored deflate stream.
pub fn interlaced_png(size: Size, rgb: &[u8]) -> Vec<u8> {
    const PASSES: [(u32, u32, u32, u32); 7] = [
        (0, 8, 0, 8),
        (4, 8, 0, 8),
        (0, 4, 4, 8),
        (2, 4, 0, 4),
        (0, 2, 2, 4),
        (1, 2, 0, 2),
        (0, 1, 1, 2),
    ];
    let mut raw = Vec::new();
    for (left, across, top, down) in PASSES {
        if left >= size.width {
            continue;
        }
        for y in (top..size.height).step_by(down as usize) {
            raw.push(0);
            for x in (left..size.width).step_by(across as usize) {
                let at = (y * size.width + x) as usize * 3;
                raw.extend(&rgb[at..at + 3]);
            }
        }
    }
    let mut header = [size.width.to_be_bytes(), size.height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 1]);
    let chunks = [
        png_chunk(b"IHDR", &header),
        png_chunk(b"IDAT", &zlib(&raw)),
        png_chunk(b"IEND", b""),
    ];
    [b"\x89PNG\r\n\x1A\n".as_slice(), &chunks.concat()].concat()
}

pub fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checked = [kind.as_slice(), data].concat();
    let crc = !checked.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    });
    let length = u32::try_from(data.len()).unwrap();
    [
        &length.to_be_bytes(),
        checked.as_slice(),
        &crc.to_be_bytes(),
    ]
    .concat()
}

fn zlib(raw: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = raw.chunks(0xFFFF);
    let last = blocks.len() - 1;
    for (index, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(index == last));
        stream.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        stream.extend(block);
    }
    let (a, b) = raw.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

pub fn webp(size: Size, rgb: &[u8]) -> Vec<u8> {
    webp::Encoder::from_rgb(rgb, size.width, size.height)
        .encode(95.0)
        .to_vec()
}

pub fn lossless_webp(size: Size, rgba: &[u8]) -> Vec<u8> {
    webp::Encoder::from_rgba(rgba, size.width, size.height)
        .encode_lossless()
        .to_vec()
}

/// A simple WebP as an extended one, with the block in its place.
pub fn extended_webp(simple: &[u8], size: Size, kind: &[u8; 4], block: &[u8]) -> Vec<u8> {
    let flag = match kind {
        b"ICCP" => 0x20,
        _ => 0x08,
    };
    let side = |pixels: u32| (pixels - 1).to_le_bytes()[..3].to_vec();
    let header = [vec![flag, 0, 0, 0], side(size.width), side(size.height)].concat();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let padding = vec![0; data.len() % 2];
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [kind.as_slice(), &length, data, &padding].concat()
    };
    let (extended, picture) = (chunk(b"VP8X", &header), simple[12..].to_vec());
    let block = chunk(kind, block);
    let body = match kind {
        b"ICCP" => [extended, block, picture].concat(),
        _ => [extended, picture, block].concat(),
    };
    let length = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
    [b"RIFF".as_slice(), &length, b"WEBP", &body].concat()
}

/// An animation of one frame, whose picture is a simple WebP.
pub fn animation(canvas: Size, (left, top): (u32, u32), frame: Size, simple: &[u8]) -> Vec<u8> {
    let place = [left / 2, top / 2, frame.width - 1, frame.height - 1, 100];
    let place = place.iter().flat_map(|n| n.to_le_bytes()[..3].to_vec());
    let data: Vec<u8> = place
        .chain([0])
        .chain(simple[12..].iter().copied())
        .collect();
    let mut file = extended_webp(&simple[..12], canvas, b"ANMF", &data);
    // Flags: animation and alpha.
    file[20] = 0x12;
    file
}

/// Quarters of 48 by 32 pixels, in every way to store them that another encoder knows.
pub const AVIF: [(&str, &[u8]); 7] = [
    ("4:2:0", include_bytes!("tests/corpus/quarters-420.avif")),
    ("4:2:2", include_bytes!("tests/corpus/quarters-422.avif")),
    (
        "limited range",
        include_bytes!("tests/corpus/quarters-444-limited.avif"),
    ),
    (
        "lossless",
        include_bytes!("tests/corpus/quarters-lossless.avif"),
    ),
    (
        "turned",
        include_bytes!("tests/corpus/quarters-turned.avif"),
    ),
    (
        "transposed",
        include_bytes!("tests/corpus/quarters-transposed.avif"),
    ),
    ("sequence", include_bytes!("tests/corpus/sequence.avif")),
];
pub const GRAY_AVIF: &[u8] = include_bytes!("tests/corpus/gray.avif");
/// The right half is clear.
pub const CLEAR_AVIF: &[u8] = include_bytes!("tests/corpus/quarters-alpha.avif");

/// Every frame of an animation at full scale, and how long it is shown in milliseconds.
pub fn frames(file: &[u8]) -> Vec<(Bitmap, u128)> {
    let header = probe(file, &Limits::default()).unwrap();
    let full = Reduction::for_scale(1.0);
    let frames = decoder(header.format).frames(file, full, &Limits::default());
    let frames = frames.unwrap().map(Result::unwrap);
    frames
        .map(|frame| (color::to_srgb(frame.raster), frame.delay.as_millis()))
        .collect()
}

/// The whole file at full scale, in sRGB, upright.
pub fn read(file: &[u8]) -> Bitmap {
    let header = probe(file, &Limits::default()).unwrap();
    let full = Reduction::for_scale(1.0);
    let raster = decoder(header.format).decode(file, full, &Limits::default());
    header.orientation.apply(color::to_srgb(raster.unwrap()))
}

/// The colour at a place told in parts of width and height.
pub fn color_at(bitmap: &Bitmap, across: f32, down: f32) -> &[u8] {
    let x = (bitmap.size.width as f32 * across) as usize;
    let y = (bitmap.size.height as f32 * down) as usize;
    let at = (y * bitmap.size.width as usize + x) * bitmap.channels();
    &bitmap.pixels[at..at + bitmap.channels()]
}

#[track_caller]
pub fn assert_near(found: &[u8], expected: &[u8], tolerance: u8) {
    let near = found
        .iter()
        .zip(expected)
        .all(|(a, b)| a.abs_diff(*b) <= tolerance);
    assert!(
        near && found.len() == expected.len(),
        "{found:?} is not {expected:?}"
    );
}

#[track_caller]
pub fn assert_quarters(bitmap: &Bitmap, tolerance: u8) {
    for (across, down, color) in [
        (0.25, 0.25, RED),
        (0.75, 0.25, GREEN),
        (0.25, 0.75, BLUE),
        (0.75, 0.75, YELLOW),
    ] {
        assert_near(&color_at(bitmap, across, down)[..3], &color, tolerance);
    }
}
