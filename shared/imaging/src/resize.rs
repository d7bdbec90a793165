use super::ImageError;
use super::bitmap::Bitmap;
use super::geometry::{Plan, Size};
use super::planes::{Plane, Planes};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// Cuts and scales as planned. The source shows the whole picture at any scale not below the plan's.
pub(super) fn resize(source: &Bitmap, plan: &Plan) -> Result<Bitmap, ImageError> {
    let view = ImageRef::new(
        source.size.width,
        source.size.height,
        &source.pixels,
        source.pixel_type(),
    );
    let view = view.map_err(|e| ImageError::broken(&e))?;
    Ok(Bitmap {
        size: plan.output,
        alpha: source.alpha,
        pixels: scaled(&view, Region::of(source.size, plan), plan.output)?,
    })
}

/// The same for planes.
pub(super) fn resize_planes(source: &Planes, plan: &Plan) -> Result<Planes, ImageError> {
    let whole = Region::of(source.size(), plan);
    let scaled = |plane: &Plane, region: Region, size: Size| {
        let Size { width, height } = plane.size;
        let view = ImageRef::new(width, height, &plane.samples, PixelType::U8);
        let view = view.map_err(|e| ImageError::broken(&e))?;
        scaled(&view, region, size).map(|samples| Plane { size, samples })
    };
    let chroma = |plane: &Plane| {
        let region = whole.halved(plane.size, plan.output);
        scaled(plane, region, plan.output.halved())
    };
    let [blue, red] = &source.chroma;
    Ok(Planes {
        luma: scaled(&source.luma, whole, plan.output)?,
        chroma: [chroma(blue)?, chroma(red)?],
    })
}

fn scaled(view: &ImageRef<'_>, region: Region, size: Size) -> Result<Vec<u8>, ImageError> {
    let Region { across, down } = region;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        // Bitmaps are premultiplied already.
        .use_alpha(false)
        .crop(across.start, down.start, across.length, down.length);
    let mut output = Image::new(size.width, size.height, view.pixel_type());
    Resizer::new()
        .resize(view, &mut output, &options)
        .map_err(|e| ImageError::broken(&e))?;
    Ok(output.into_vec())
}

/// What is cut out of a source.
#[derive(Debug, Clone, Copy)]
struct Region {
    across: Span,
    down: Span,
}

/// A part of a side in pixels.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: f64,
    length: f64,
}

impl Region {
    fn of(source: Size, plan: &Plan) -> Self {
        let span = |side: u32, start: f64, part: f64| {
            Span::within(side, f64::from(side) * start, f64::from(side) * part)
        };
        Self {
            across: span(source.width, plan.cut.left, plan.cut.width),
            down: span(source.height, plan.cut.top, plan.cut.height),
        }
    }

    fn halved(self, source: Size, output: Size) -> Self {
        Self {
            across: self.across.halved(source.width, output.width),
            down: self.down.halved(source.height, output.height),
        }
    }
}

impl Span {
    /// In whole 256ths of a pixel, so that no sum exceeds the side by rounding.
    fn within(side: u32, start: f64, length: f64) -> Self {
        let side = f64::from(side);
        let fixed = |pixels: f64| (pixels * 256.0).floor() / 256.0;
        let length = fixed(length.min(side)).max(1.0 / 256.0);
        Self {
            start: fixed(start).min(side - length),
            length,
        }
    }

    /// Of chrominance, whose samples lie in the middle of two by two pixels: what its whole pairs of output pixels show.
    fn halved(self, side: u32, output: u32) -> Self {
        let pairs = f64::from(output - output % 2).max(1.0) / f64::from(output);
        Self::within(side, self.start / 2.0, self.length / 2.0 * pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Form, Side};
    use proptest::prelude::*;

    /// What a ramp over a whole side has at a part of it.
    fn ramp(part: f64) -> f64 {
        40.0 + 170.0 * part
    }

    /// Grows by columns, and the second plane of chrominance by rows.
    fn ramps(size: Size) -> Planes {
        let mut planes = Planes::with_capacity(size);
        planes.luma.samples = vec![128; size.pixels() as usize];
        let chroma = size.halved();
        for y in 0..chroma.height {
            for x in 0..chroma.width {
                let sample = |at: u32, side: u32| ramp(f64::from(2 * at + 1) / f64::from(side));
                let [blue, red] = &mut planes.chroma;
                blue.samples.push(sample(x, size.width) as u8);
                red.samples.push(sample(y, size.height) as u8);
            }
        }
        planes
    }

    proptest! {
        #[test]
        fn chrominance_stays_where_it_is(
            width in 2..200_u32, height in 2..200_u32, to in 2..200_u32,
        ) {
            let size = Size::new(width, height);
            let side = Some(Side::try_from(to).unwrap());
            let plan = Plan::new(size, &Form { width: side, height: side, ..Form::default() });
            prop_assume!(plan.output.width > 1 && plan.output.height > 1);
            let resized = resize_planes(&ramps(size), &plan).unwrap();
            prop_assert_eq!(resized.size(), plan.output);
            let [blue, red] = &resized.chroma;
            let expected = ramps(plan.output).chroma;
            for (found, expected, from, to) in [
                (blue, &expected[0], width, plan.output.width),
                (red, &expected[1], height, plan.output.height),
            ] {
                prop_assert_eq!(found.size, expected.size);
                // Less than a sample, beside what the edges take.
                let tolerance = 170.0 * (1.3 / f64::from(from) + 1.3 / f64::from(to)) + 2.0;
                for (found, expected) in found.samples.iter().zip(&expected.samples) {
                    let off = f64::from(found.abs_diff(*expected));
                    prop_assert!(off <= tolerance, "{} off, not {}", off, tolerance);
                }
            }
        }
    }
}
