use super::bitmap::Bitmap;
use super::{Color, Form, Format, ImageError, Quality};
use rusty_jpeg::encode::{ColorType, Encoder, SamplingFactor};
use webp::{PixelLayout, WebPConfig};

/// Well above the point where differences show at the sizes made here.
const JPEG_QUALITY: u32 = 82;
const WEBP_QUALITY: u32 = 80;
/// Of 0 (fast) to 6 (small).
const WEBP_METHOD: i32 = 2;

/// Writes nothing but pixels: no metadata, no profile, because sRGB is what every reader assumes.
pub(super) fn encode(bitmap: &Bitmap, form: &Form, format: Format) -> Result<Vec<u8>, ImageError> {
    let quality = |usual| form.quality.map_or(usual, Quality::get);
    let written = match format {
        Format::Jpeg => jpeg(bitmap, quality(JPEG_QUALITY)),
        Format::Png => png(bitmap).map_err(|e| e.to_string()),
        Format::WebP => webp(bitmap, quality(WEBP_QUALITY), form.lossless),
    };
    written.map_err(|reason| ImageError::Encoding { format, reason })
}

/// JPEG has no alpha: what is transparent turns white.
fn jpeg(bitmap: &Bitmap, quality: u32) -> Result<Vec<u8>, String> {
    let flat;
    let pixels = if bitmap.alpha {
        flat = bitmap.on(Color::WHITE);
        &flat.pixels
    } else {
        &bitmap.pixels
    };
    let side = |pixels: u32| u16::try_from(pixels).map_err(|e| e.to_string());
    let (width, height) = (side(bitmap.size.width)?, side(bitmap.size.height)?);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality as u8);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(pixels, width, height, ColorType::Rgb)
        .map_err(|e| e.to_string())?;
    Ok(file)
}

fn png(bitmap: &Bitmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, bitmap.size.width, bitmap.size.height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    if bitmap.alpha {
        encoder.set_color(png::ColorType::Rgba);
        encoder
            .write_header()?
            .write_image_data(&bitmap.straight())?;
    } else {
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&bitmap.pixels)?;
    }
    Ok(file)
}

fn webp(bitmap: &Bitmap, quality: u32, lossless: bool) -> Result<Vec<u8>, String> {
    let mut config = WebPConfig::new().map_err(|()| "its settings are unknown".to_owned())?;
    config.quality = quality as f32;
    config.lossless = lossless.into();
    config.method = WEBP_METHOD;
    let straight;
    let (pixels, layout) = if bitmap.alpha {
        straight = bitmap.straight();
        (&straight, PixelLayout::Rgba)
    } else {
        (&bitmap.pixels, PixelLayout::Rgb)
    };
    webp::Encoder::new(pixels, layout, bitmap.size.width, bitmap.size.height)
        .encode_advanced(&config)
        .map(|file| file.to_vec())
        .map_err(|e| format!("{e:?}"))
}
