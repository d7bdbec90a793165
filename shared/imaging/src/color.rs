//! Colours to sRGB.

use super::bitmap::Bitmap;
use super::decode::{Layout, Raster};
use moxcms::{ColorProfile, DataColorSpace, Transform8BitExecutor, TransformOptions};
use std::sync::Arc;

/// Samples without a profile count as sRGB, and so do samples whose profile cannot be read or is for other samples:
/// that is what viewers show.
pub(super) fn to_srgb(raster: Raster) -> Bitmap {
    let raster = match conversion(raster.profile.as_deref(), raster.layout) {
        Conversion::None => raster,
        Conversion::Direct(transform) => apply(&*transform, raster),
        Conversion::OfGray(transform) => apply(&*transform, expand(raster)),
    };
    let raster = expand(raster);
    match raster.layout {
        Layout::Rgba => Bitmap::from_rgba(raster.size, raster.samples),
        _ => Bitmap::opaque(raster.size, raster.samples),
    }
}

/// Whether colours with this profile need no conversion.
pub(super) fn is_srgb(profile: Option<&[u8]>) -> bool {
    matches!(conversion(profile, Layout::Rgb), Conversion::None)
}

enum Conversion {
    None,
    Direct(Arc<Transform8BitExecutor>),
    /// The profile describes RGB and the samples are gray.
    OfGray(Arc<Transform8BitExecutor>),
}

fn conversion(profile: Option<&[u8]>, layout: Layout) -> Conversion {
    let Some(profile) = profile.and_then(|icc| ColorProfile::new_from_slice(icc).ok()) else {
        return Conversion::None;
    };
    let space = profile.color_space;
    match layout {
        Layout::Gray | Layout::GrayAlpha if space == DataColorSpace::Rgb => {
            transform(&profile, expanded(layout)).map_or(Conversion::None, Conversion::OfGray)
        }
        layout if space == described(layout) => transform(&profile, layout)
            .filter(|transform| changes(&**transform, layout))
            .map_or(Conversion::None, Conversion::Direct),
        _ => Conversion::None,
    }
}

const fn described(layout: Layout) -> DataColorSpace {
    match layout {
        Layout::Gray | Layout::GrayAlpha => DataColorSpace::Gray,
        Layout::Rgb | Layout::Rgba => DataColorSpace::Rgb,
        Layout::Cmyk => DataColorSpace::Cmyk,
    }
}

fn transform(profile: &ColorProfile, layout: Layout) -> Option<Arc<Transform8BitExecutor>> {
    let srgb = ColorProfile::new_srgb();
    let target = moxcms_layout(expanded(layout));
    profile
        .create_transform_8bit(
            moxcms_layout(layout),
            &srgb,
            target,
            TransformOptions::default(),
        )
        .ok()
}

const fn moxcms_layout(layout: Layout) -> moxcms::Layout {
    match layout {
        Layout::Gray => moxcms::Layout::Gray,
        Layout::GrayAlpha => moxcms::Layout::GrayAlpha,
        Layout::Rgb => moxcms::Layout::Rgb,
        Layout::Rgba | Layout::Cmyk => moxcms::Layout::Rgba,
    }
}

/// Most photos carry a profile that is sRGB by another name; a small cube of colours tells, and saves the work.
fn changes(transform: &Transform8BitExecutor, layout: Layout) -> bool {
    if layout != Layout::Rgb {
        return true;
    }
    let steps = || (0..=255_u8).step_by(51);
    let cube: Vec<u8> = steps()
        .flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b])))
        .collect();
    let mut converted = vec![0; cube.len()];
    transform.transform(&cube, &mut converted).is_ok()
        && cube.iter().zip(&converted).any(|(a, b)| a.abs_diff(*b) > 1)
}

fn apply(transform: &Transform8BitExecutor, raster: Raster) -> Raster {
    let layout = expanded(raster.layout);
    let pixels = raster.samples.len() / raster.layout.channels();
    let mut samples = vec![0; pixels * layout.channels()];
    match transform.transform(&raster.samples, &mut samples) {
        Ok(()) => Raster {
            layout,
            samples,
            ..raster
        },
        Err(_) => raster,
    }
}

const fn expanded(layout: Layout) -> Layout {
    match layout {
        Layout::Gray | Layout::Rgb | Layout::Cmyk => Layout::Rgb,
        Layout::GrayAlpha | Layout::Rgba => Layout::Rgba,
    }
}

/// RGB or RGBA from whatever there is.
fn expand(raster: Raster) -> Raster {
    let samples = match raster.layout {
        Layout::Rgb | Layout::Rgba => return raster,
        Layout::Gray => raster.samples.iter().flat_map(|&y| [y; 3]).collect(),
        Layout::GrayAlpha => {
            let pixels = raster.samples.as_chunks().0.iter();
            pixels.flat_map(|&[y, a]| [y, y, y, a]).collect()
        }
        Layout::Cmyk => {
            let pixels = raster.samples.as_chunks().0.iter();
            pixels
                .flat_map(|&[c, m, y, k]| [c, m, y].map(|ink| light(ink, k)))
                .collect()
        }
    };
    Raster {
        layout: expanded(raster.layout),
        samples,
        ..raster
    }
}

/// What paper gives back under a colour and black, when no profile tells better.
fn light(ink: u8, black: u8) -> u8 {
    let through = u16::from(255 - ink) * u16::from(255 - black);
    ((through + 127) / 255) as u8
}
