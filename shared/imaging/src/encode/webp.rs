use super::Settings;
use crate::bitmap::Bitmap;
use webp::{Encoder, PixelLayout, WebPConfig};

/// Of 0 (fast) to 6 (small).
const METHOD: i32 = 2;

pub fn webp(bitmap: &Bitmap, settings: Settings) -> Result<Vec<u8>, String> {
    let mut config = WebPConfig::new().map_err(|()| "its settings are unknown".to_owned())?;
    config.quality = settings.quality as f32;
    config.lossless = settings.lossless.into();
    config.method = METHOD;
    let straight;
    let (pixels, layout) = if bitmap.alpha {
        straight = bitmap.straight();
        (&straight, PixelLayout::Rgba)
    } else {
        (&bitmap.pixels, PixelLayout::Rgb)
    };
    Encoder::new(pixels, layout, bitmap.size.width, bitmap.size.height)
        .encode_advanced(&config)
        .map(|file| file.to_vec())
        .map_err(|e| format!("{e:?}"))
}
