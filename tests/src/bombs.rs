//! Pictures that claim more than they hold, and small honest ones.

use rusty_jpeg::encode::{ColorType, Encoder};

/// A JPEG of this size.
#[must_use]
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    encode(width, height, false)
}

fn encode(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let pixels: Vec<u8> = (0..usize::from(width) * usize::from(height))
        .flat_map(|at| [at as u8, (at / 7) as u8, (at / 251) as u8])
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    encoder.set_progressive(progressive);
    encoder
        .encode(&pixels, width, height, ColorType::Rgb)
        .expect("an encoded picture");
    bytes
}

/// A small JPEG whose frame header claims this many pixels on each side.
#[must_use]
pub fn jpeg_claiming(side: u16) -> Vec<u8> {
    let mut bytes = jpeg(64, 48);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]);
    let size = frame.expect("a frame header") + 5;
    bytes[size..size + 4].copy_from_slice(&side.to_be_bytes().repeat(2));
    bytes
}

/// A small progressive JPEG that goes over its pixels again and again.
#[must_use]
pub fn jpeg_with_scans(count: usize) -> Vec<u8> {
    let bytes = encode(64, 48, true);
    let last = bytes.windows(2).rposition(|pair| pair == [0xFF, 0xDA]);
    let (head, last) = bytes.split_at(last.expect("a scan"));
    let scan = &last[..last.len() - 2];
    [head, &scan.repeat(count), &[0xFF, 0xD9]].concat()
}

/// A few hundred bytes of PNG that claim this many pixels on each side.
#[must_use]
pub fn png_claiming(side: u32) -> Vec<u8> {
    let empty = [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];
    png(side, 2, &empty)
}

/// One half transparent pixel.
#[must_use]
pub fn transparent_png() -> Vec<u8> {
    let stored = [
        0x78, 0x01, 0x01, 0x05, 0x00, 0xfa, 0xff, 0x00, 0xc8, 0x28, 0x28, 0x80, 0x04, 0x6d, 0x01,
        0x99,
    ];
    png(1, 6, &stored)
}

fn png(side: u32, color_type: u8, data: &[u8]) -> Vec<u8> {
    let mut header = side.to_be_bytes().repeat(2);
    header.extend([8, color_type, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header.as_slice()),
        (b"IDAT", data),
        (b"IEND", &[]),
    ] {
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(kind);
        bytes.extend(data);
        bytes.extend(crc(&[kind.as_slice(), data].concat()).to_be_bytes());
    }
    bytes
}

/// CRC-32 of PNG chunks (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), step)
    })
}
