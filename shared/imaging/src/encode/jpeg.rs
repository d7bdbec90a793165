use super::Settings;
use crate::planes::Planes;
use crate::{Color, bitmap::Bitmap, geometry::Size};
use rusty_jpeg::encode::{ColorType, Encoder, ImageBuffer, JpegColorType, SamplingFactor};

/// JPEG has no alpha: what is transparent turns white.
pub fn jpeg(bitmap: &Bitmap, settings: Settings) -> Result<Vec<u8>, String> {
    let flat;
    let pixels = if bitmap.alpha {
        flat = bitmap.on(Color::WHITE);
        &flat.pixels
    } else {
        &bitmap.pixels
    };
    let (width, height) = sides(bitmap.size)?;
    let mut file = Vec::new();
    encoder(&mut file, settings)
        .encode(pixels, width, height, ColorType::Rgb)
        .map_err(|e| e.to_string())?;
    Ok(file)
}

pub fn planes(planes: &Planes, settings: Settings) -> Result<Vec<u8>, String> {
    let (width, height) = sides(planes.size())?;
    let view = View {
        planes,
        width,
        height,
    };
    let mut file = Vec::new();
    encoder(&mut file, settings)
        .encode_image(view)
        .map_err(|e| e.to_string())?;
    Ok(file)
}

fn sides(size: Size) -> Result<(u16, u16), String> {
    let side = |pixels: u32| u16::try_from(pixels).map_err(|e| e.to_string());
    Ok((side(size.width)?, side(size.height)?))
}

fn encoder(file: &mut Vec<u8>, settings: Settings) -> Encoder<&mut Vec<u8>> {
    let mut encoder = Encoder::new(file, settings.quality as u8);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
}

/// The encoder asks for chrominance at full size and takes every second sample of every second row: those that there are.
struct View<'a> {
    planes: &'a Planes,
    width: u16,
    height: u16,
}

impl ImageBuffer for View<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, [luma, blue, red, _]: &mut [Vec<u8>; 4]) {
        let y = usize::from(y);
        luma.extend_from_slice(self.planes.luma.row(y));
        for (plane, row) in self.planes.chroma.iter().zip([blue, red]) {
            plane.double(y, self.width.into(), row);
        }
    }
}
