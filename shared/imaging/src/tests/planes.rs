//! JPEG that is made of JPEG without a way over RGB.

use crate::bitmap::Bitmap;
use crate::decode::{Reduction, decoder};
use crate::geometry::Size;
use crate::samples::*;
use crate::{Fit, Form, Format, Gravity, Limits, Orientation, Quality, Request, Side, render};
use moxcms::ColorProfile;
use proptest::prelude::*;
use rusty_jpeg::encode::{ColorType, SamplingFactor};

/// As chrominance is stored, beside gray and two halves.
const SAMPLINGS: [Option<SamplingFactor>; 6] = [
    None,
    Some(SamplingFactor::R_4_4_4),
    Some(SamplingFactor::R_4_2_2),
    Some(SamplingFactor::R_4_2_0),
    Some(SamplingFactor::R_4_4_0),
    Some(SamplingFactor::R_4_1_1),
];

fn stored(size: Size, sampling: Option<SamplingFactor>, orientation: u16) -> Vec<u8> {
    let (samples, color) = match sampling {
        Some(_) => (photo(size), ColorType::Rgb),
        None => (pixels(size, |x, y| [(x + y) as u8 / 2]), ColorType::Luma),
    };
    jpeg_with(size, &samples, color, |encoder| {
        encoder.set_sampling_factor(sampling.unwrap_or(SamplingFactor::R_4_4_4));
        let block = exif(orientation, false);
        encoder.add_exif_metadata(&block).unwrap();
    })
}

/// The JPEG among the formats.
fn made(file: &[u8], form: &Form, formats: &[Format]) -> Bitmap {
    let name = "it";
    let request = Request {
        name,
        form,
        formats,
    };
    let rendered = render(file, &[request], &Limits::default()).unwrap();
    let mut variants = rendered.variants.iter();
    let jpeg = variants.find(|variant| variant.format == Format::Jpeg);
    read(&jpeg.unwrap().bytes)
}

fn form(side: u32, fit: Fit) -> Form {
    let side = Side::try_from(side).unwrap();
    Form {
        width: Some(side),
        height: Some(side),
        fit,
        quality: Some(Quality::try_from(95).unwrap()),
        ..Form::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn planes_look_like_pixels(
        width in 48..260_u32, height in 48..260_u32, side in 8..120_u32, orientation in 1..=8_u16,
        sampling in prop::sample::select(&SAMPLINGS),
        fit in prop::sample::select(&[Fit::Cover, Fit::Contain, Fit::Inside]),
        gravity in prop::sample::select(&["center", "smart", "0.1,0.9"]),
    ) {
        let file = stored(Size::new(width, height), sampling, orientation);
        let gravity: Gravity = gravity.parse().unwrap();
        let form = Form { gravity, ..form(side, fit) };
        let planes = made(&file, &form, &[Format::Jpeg]);
        let pixels = made(&file, &form, &[Format::Jpeg, Format::Png]);
        prop_assert_eq!(planes.size, pixels.size);
        let pairs = planes.pixels.iter().zip(&pixels.pixels);
        let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let distance = sum as f64 / planes.pixels.len() as f64;
        // Of four pixels' colours the encoder takes the first, which is half a pixel away from their mean.
        let tolerance = 2.0 + 60.0 / f64::from(side);
        prop_assert!(distance < tolerance, "{} away, not {}", distance, tolerance);
    }
}

#[test]
fn every_orientation_comes_upright_in_planes() {
    let size = Size::new(131, 97);
    for value in 1..=8 {
        let orientation = Orientation::from_exif(value);
        let stored = orientation.upright(size);
        let rgb = pixels(stored, |x, y| {
            let (x, y) = (x * 2 < stored.width, y * 2 < stored.height);
            let (right, bottom) = match orientation {
                Orientation::Upright => (!x, !y),
                Orientation::MirrorHorizontal => (x, !y),
                Orientation::Rotate180 => (x, y),
                Orientation::MirrorVertical => (!x, y),
                Orientation::Transpose => (!y, !x),
                Orientation::Rotate90 => (y, !x),
                Orientation::Transverse => (y, x),
                Orientation::Rotate270 => (!y, x),
            };
            match (right, bottom) {
                (false, false) => RED,
                (true, false) => GREEN,
                (false, true) => BLUE,
                (true, true) => YELLOW,
            }
        });
        let file = jpeg_with(stored, &rgb, ColorType::Rgb, |encoder| {
            encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
            encoder.add_exif_metadata(&exif(value, true)).unwrap();
        });
        let bitmap = made(&file, &form(48, Fit::Inside), &[Format::Jpeg]);
        assert_quarters(&bitmap, 14);
    }
}

#[test]
fn only_srgb_stays_in_planes() {
    let size = Size::new(64, 64);
    let rgb = pixels(size, |_, _| [200, 100, 50]);
    let limits = Limits::default();
    let half = Reduction::for_scale(0.5);
    for (profile, planar, color) in [
        (ColorProfile::new_srgb(), true, [200, 100, 50]),
        (ColorProfile::new_display_p3(), false, [215, 93, 31]),
    ] {
        let file = jpeg_with(size, &rgb, ColorType::Rgb, |encoder| {
            encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
            encoder.add_icc_profile(&profile.encode().unwrap()).unwrap();
        });
        let planes = decoder(Format::Jpeg).planes(&file, half, &limits);
        assert_eq!(planes.is_some(), planar);
        let bitmap = made(&file, &form(32, Fit::Inside), &[Format::Jpeg]);
        assert_near(color_at(&bitmap, 0.5, 0.5), &color, 5);
    }
}
