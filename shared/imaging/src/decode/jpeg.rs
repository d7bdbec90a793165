mod reduced;

use super::markers::Markers;
use super::{Decoder, Header, Layout, Raster, Reduction};
use crate::geometry::Size;
use crate::planes::Planes;
use crate::{Format, ImageError, Limits, color};
use rusty_jpeg::decode::{self, Error, PixelFormat};

/// Bytes of a progressive picture's coefficient, all of which are held until the last scan.
const COEFFICIENT: u64 = 2;

pub struct Jpeg;

impl Decoder for Jpeg {
    fn probe(&self, bytes: &[u8], limits: &Limits) -> Result<Header, ImageError> {
        let markers = Markers::read(bytes, limits)?;
        if markers.scans == 0 {
            return Err(ImageError::truncated());
        }
        if markers.frame.progressive {
            limits.check_working_set(markers.frame.samples() * COEFFICIENT)?;
        }
        limits.check_metadata(markers.profile_bytes())?;
        let (size, orientation) = (markers.frame.size, markers.orientation);
        Ok(Header::new(Format::Jpeg, size, orientation, false))
    }

    fn decode(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Result<Raster, ImageError> {
        let markers = Markers::read(bytes, limits)?;
        if !markers.complete {
            return Err(ImageError::truncated());
        }
        if let Some(reduced) = reduced::decode(bytes, reduction) {
            let reduced = reduced?;
            return Ok(Raster {
                size: reduced.size,
                layout: reduced.layout,
                samples: reduced.samples,
                profile: markers.profile(),
            });
        }
        let mut decoder = decode::Decoder::new(bytes);
        // Pictures are rendered side by side, so more threads for one of them would gain nothing.
        decoder.set_single_threaded(true);
        let target = reduction.apply(markers.frame.size);
        decoder
            .scale(side(target.width)?, side(target.height)?)
            .map_err(fault)?;
        let mut samples = decoder.decode().map_err(fault)?;
        let info = decoder.info().ok_or_else(ImageError::truncated)?;
        let layout = match info.pixel_format {
            PixelFormat::L8 => Layout::Gray,
            PixelFormat::RGB24 => Layout::Rgb,
            PixelFormat::CMYK32 => Layout::Cmyk,
            PixelFormat::L16 => return Err(ImageError::broken("it has 16 bits a sample")),
        };
        if layout == Layout::Cmyk && !markers.adobe {
            // The decoder takes every CMYK picture for one of Adobe's.
            samples
                .iter_mut()
                .for_each(|sample| *sample = 255 - *sample);
        }
        Ok(Raster {
            size: Size::new(info.width.into(), info.height.into()),
            layout,
            samples,
            profile: markers.profile(),
        })
    }

    fn planes(
        &self,
        bytes: &[u8],
        reduction: Reduction,
        limits: &Limits,
    ) -> Option<Result<Planes, ImageError>> {
        let markers = Markers::read(bytes, limits).ok()?;
        let usual = markers.complete && color::is_srgb(markers.profile().as_deref());
        usual.then(|| reduced::planes(bytes, reduction))?
    }
}

fn side(pixels: u32) -> Result<u16, ImageError> {
    u16::try_from(pixels).map_err(|e| ImageError::broken(&e))
}

fn fault(error: Error) -> ImageError {
    match error {
        Error::UnexpectedEof => ImageError::truncated(),
        other => ImageError::broken(&other),
    }
}
