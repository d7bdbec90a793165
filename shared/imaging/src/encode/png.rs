use crate::bitmap::Bitmap;
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

pub fn png(bitmap: &Bitmap) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, bitmap.size.width, bitmap.size.height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    if bitmap.alpha {
        encoder.set_color(ColorType::Rgba);
        encoder
            .write_header()?
            .write_image_data(&bitmap.straight())?;
    } else {
        encoder.set_color(ColorType::Rgb);
        encoder.write_header()?.write_image_data(&bitmap.pixels)?;
    }
    Ok(file)
}
