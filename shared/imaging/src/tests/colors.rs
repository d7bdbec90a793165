//! Profiles. The expected values follow from the colour spaces' definitions.

use crate::geometry::Size;
use crate::samples::*;
use moxcms::ColorProfile;
use png::{BitDepth, ColorType};
use rusty_jpeg::ColorType as JpegColor;

const SIZE: Size = Size::new(16, 16);
const COLOR: [u8; 3] = [200, 100, 50];

fn files(profile: &[u8]) -> [Vec<u8>; 3] {
    let rgb = pixels(SIZE, |_, _| COLOR);
    [
        jpeg_with(SIZE, &rgb, JpegColor::Rgb, |e| {
            e.add_icc_profile(profile).unwrap();
        }),
        png_with(SIZE, &rgb, (ColorType::Rgb, BitDepth::Eight), |info| {
            info.icc_profile = Some(profile.to_vec().into());
        }),
        extended_webp(&webp(SIZE, &rgb), SIZE, b"ICCP", profile),
    ]
}

#[track_caller]
fn assert_becomes(profile: &[u8], expected: [u8; 3]) {
    for file in files(profile) {
        assert_near(color_at(&read(&file), 0.5, 0.5), &expected, 5);
    }
}

#[test]
fn wide_gamuts_become_srgb() {
    assert_becomes(
        &ColorProfile::new_display_p3().encode().unwrap(),
        [215, 93, 31],
    );
    assert_becomes(
        &ColorProfile::new_adobe_rgb().encode().unwrap(),
        [227, 100, 42],
    );
    assert_becomes(&ColorProfile::new_srgb().encode().unwrap(), COLOR);
}

#[test]
fn a_profile_that_does_not_fit_is_left_aside() {
    assert_becomes(b"no profile at all", COLOR);
    let mut cut = ColorProfile::new_display_p3().encode().unwrap();
    cut.truncate(200);
    assert_becomes(&cut, COLOR);
    assert_becomes(
        &ColorProfile::new_gray_with_gamma(1.0).encode().unwrap(),
        COLOR,
    );
}

#[test]
fn gray_follows_its_profile_or_that_of_rgb() {
    let gray = pixels(SIZE, |_, _| [128]);
    let with = |profile: ColorProfile| {
        let profile = profile.encode().unwrap();
        read(&png_with(
            SIZE,
            &gray,
            (ColorType::Grayscale, BitDepth::Eight),
            |info| {
                info.icc_profile = Some(profile.into());
            },
        ))
    };
    // Half the light is 188 in sRGB.
    let linear = with(ColorProfile::new_gray_with_gamma(1.0));
    assert_near(color_at(&linear, 0.5, 0.5), &[188; 3], 2);
    let p3 = with(ColorProfile::new_display_p3());
    assert_near(color_at(&p3, 0.5, 0.5), &[128; 3], 1);
}

#[test]
fn alpha_survives_the_conversion() {
    let rgba = pixels(SIZE, |_, _| [200, 100, 50, 128]);
    let file = png_with(SIZE, &rgba, (ColorType::Rgba, BitDepth::Eight), |info| {
        info.icc_profile = Some(ColorProfile::new_display_p3().encode().unwrap().into());
    });
    let bitmap = read(&file);
    let straight = bitmap.straight();
    assert_near(&straight[..4], &[215, 93, 31, 128], 3);
}

#[test]
fn inks_follow_their_profile() {
    let cmyk = pixels(SIZE, |_, _| [255, 0, 0, 0]);
    let file = jpeg_with(SIZE, &cmyk, JpegColor::Cmyk, |encoder| {
        encoder.add_icc_profile(&press()).unwrap();
    });
    // This press prints everything in one middle gray: L* = 50.
    assert_near(color_at(&read(&file), 0.5, 0.5), &[119; 3], 4);
}

/// A CMYK profile of one table (ICC.1:2022, section 10.11, `mft1`), which gives L* = 50 for every ink.
fn press() -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for one in [1, 0, 0, 0, 1, 0, 0, 0, 1_u32] {
        table.extend((one << 16).to_be_bytes());
    }
    table.extend((0..4).flat_map(|_| 0..=255_u8));
    table.extend((0..16).flat_map(|_| [128, 128, 128]));
    table.extend((0..3).flat_map(|_| 0..=255_u8));

    let mut profile = vec![0; 128];
    profile[8] = 2;
    profile[12..24].copy_from_slice(b"prtrCMYKLab ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    let length = u32::try_from(table.len()).unwrap();
    profile.extend(1_u32.to_be_bytes());
    profile.extend(b"A2B0");
    profile.extend([144_u32.to_be_bytes(), length.to_be_bytes()].concat());
    profile.extend(table);
    let total = u32::try_from(profile.len()).unwrap();
    profile[..4].copy_from_slice(&total.to_be_bytes());
    profile
}
