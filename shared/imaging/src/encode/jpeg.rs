use super::Settings;
use crate::{Color, bitmap::Bitmap};
use rusty_jpeg::encode::{ColorType, Encoder, SamplingFactor};

/// JPEG has no alpha: what is transparent turns white.
pub fn jpeg(bitmap: &Bitmap, settings: Settings) -> Result<Vec<u8>, String> {
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
    let mut encoder = Encoder::new(&mut file, settings.quality as u8);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(pixels, width, height, ColorType::Rgb)
        .map_err(|e| e.to_string())?;
    Ok(file)
}
