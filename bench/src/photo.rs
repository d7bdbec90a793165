//! The picture that is uploaded.

use anyhow::Context;
use rusty_jpeg::encode::{ColorType, Encoder, SamplingFactor};
use std::{fs, path::Path};

const WIDTH: u16 = 4032;
const HEIGHT: u16 = 3024;
const QUALITY: u8 = 90;

/// The file, or without one a picture as large as a phone's.
pub fn load(file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    match file {
        Some(path) => fs::read(path).with_context(|| format!("reading {}", path.display())),
        None => encode(&pixels()),
    }
}

/// Slopes with grain, so that the picture is neither empty nor pure noise.
fn pixels() -> Vec<u8> {
    let (width, height) = (u32::from(WIDTH), u32::from(HEIGHT));
    let mut grain = 1u32;
    let mut pixels = Vec::with_capacity(usize::from(WIDTH) * usize::from(HEIGHT) * 3);
    for y in 0..height {
        for x in 0..width {
            // A linear congruential generator: the same picture every time.
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = grain >> 28;
            let slopes = [x * 200 / width, y * 200 / height, 90 + noise];
            pixels.extend(slopes.map(|value| (value + noise) as u8));
        }
    }
    pixels
}

fn encode(pixels: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder
        .encode(pixels, WIDTH, HEIGHT, ColorType::Rgb)
        .context("making a picture")?;
    Ok(jpeg)
}
