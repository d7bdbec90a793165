use super::Settings;
use crate::bitmap::Bitmap;
use ravif::{BitDepth, Encoder, Img, RGB8, RGBA8};

/// Of 1 (small) to 10 (fast). The slower ones take seconds for a picture that fills a screen.
const SPEED: u8 = 10;

pub fn avif(bitmap: &Bitmap, settings: Settings) -> Result<Vec<u8>, String> {
    let encoder = Encoder::new()
        .with_quality(settings.quality as f32)
        .with_alpha_quality(settings.quality as f32)
        .with_speed(SPEED)
        .with_bit_depth(BitDepth::Eight)
        // Pictures are rendered side by side, so more threads for one of them would gain nothing.
        .with_num_threads(Some(1));
    let (width, height) = (bitmap.size.width as usize, bitmap.size.height as usize);
    let written = if bitmap.alpha {
        let straight = bitmap.straight();
        let (pixels, _) = straight.as_chunks::<4>();
        let pixels: Vec<RGBA8> = pixels.iter().map(|&pixel| pixel.into()).collect();
        encoder.encode_rgba(Img::new(&pixels, width, height))
    } else {
        let (pixels, _) = bitmap.pixels.as_chunks::<3>();
        let pixels: Vec<RGB8> = pixels.iter().map(|&pixel| pixel.into()).collect();
        encoder.encode_rgb(Img::new(&pixels, width, height))
    };
    written
        .map(|written| written.avif_file)
        .map_err(|e| e.to_string())
}
