use super::ImageError;
use super::bitmap::Bitmap;
use super::geometry::{Plan, Size};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// Cuts and scales as planned. The source shows the whole picture at any scale not below the plan's.
pub(super) fn resize(source: &Bitmap, plan: &Plan) -> Result<Bitmap, ImageError> {
    let (left, width) = span(source.size.width, plan.cut.left, plan.cut.width);
    let (top, height) = span(source.size.height, plan.cut.top, plan.cut.height);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        // Bitmaps are premultiplied already.
        .use_alpha(false)
        .crop(left, top, width, height);
    let Size { width, height } = source.size;
    let view = ImageRef::new(width, height, &source.pixels, source.pixel_type())
        .map_err(|e| ImageError::broken(&e))?;
    let mut output = Image::new(plan.output.width, plan.output.height, source.pixel_type());
    Resizer::new()
        .resize(&view, &mut output, &options)
        .map_err(|e| ImageError::broken(&e))?;
    Ok(Bitmap {
        size: plan.output,
        alpha: source.alpha,
        pixels: output.into_vec(),
    })
}

/// Start and length of a part of a side, in whole 256ths of a pixel, so that no sum exceeds the side by rounding.
fn span(side: u32, start: f64, part: f64) -> (f64, f64) {
    let side = f64::from(side);
    let fixed = |pixels: f64| (pixels * 256.0).floor() / 256.0;
    let length = fixed(side * part).max(1.0 / 256.0);
    (fixed(side * start).min(side - length), length)
}
