use super::bitmap::Bitmap;
use super::decode::{Reduction, decoder};
use super::encode::encode;
use super::geometry::Plan;
use super::placeholder::{self, placeholder};
use super::resize::resize;
use super::{Format, Header, ImageError, Limits, Preset, color, probe};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A variant that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub preset: Preset,
    pub formats: &'a [Format],
}

/// A picture with all that was made of it.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub header: Header,
    /// In no particular order.
    pub variants: Vec<Encoded>,
    /// ThumbHash in base64.
    pub thumbhash: String,
    /// Mean of what is visible, as `#rrggbb`; white where nothing is.
    pub dominant_color: String,
}

/// A variant in one format: upright, in sRGB, without metadata.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The preset's name.
    pub name: &'static str,
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// Makes the wanted variants of a picture. Keeps a processor busy meanwhile.
pub fn render(
    bytes: &[u8],
    requests: &[Request<'_>],
    limits: &Limits,
) -> Result<Rendered, ImageError> {
    let header = probe(bytes, limits)?;
    let picture = header.size();
    let mut plans: Vec<_> = requests
        .iter()
        .map(|request| (Plan::new(picture, &request.preset), request))
        .collect();
    plans.sort_by(|(a, _), (b, _)| b.scale.total_cmp(&a.scale));
    let preview = placeholder::plan(picture);

    let scale = plans.first().map_or(0.0, |(largest, _)| largest.scale);
    let mut source = upright(bytes, &header, scale.max(preview.scale), limits)?;
    let mut variants = Vec::new();
    for (plan, request) in &plans {
        let variant = resize(&source, plan)?;
        variants.extend(encodings(&variant, request)?);
        // The next variant is smaller: made of this one it is as good, and done sooner.
        if plan.is_whole() {
            source = variant;
        }
    }
    let placeholder = placeholder(&source, &preview)?;
    Ok(Rendered {
        header,
        variants,
        thumbhash: placeholder.thumbhash,
        dominant_color: placeholder.dominant_color,
    })
}

/// The picture in sRGB at the smallest scale that is cheap to get and not below the one given.
fn upright(
    bytes: &[u8],
    header: &Header,
    scale: f64,
    limits: &Limits,
) -> Result<Bitmap, ImageError> {
    let reduction = Reduction::for_scale(scale);
    let decode = || {
        let raster = decoder(header.format).decode(bytes, reduction, limits)?;
        Ok(color::to_srgb(raster))
    };
    Ok(header.orientation.apply(guarded(decode)?))
}

/// Decoders meet bytes that nobody foresaw: one that panics has found a broken picture, not a reason to stop.
fn guarded<T>(decode: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(ImageError::broken("it cannot be decoded")))
}

fn encodings(bitmap: &Bitmap, request: &Request<'_>) -> Result<Vec<Encoded>, ImageError> {
    let encoded = |&format| {
        Ok(Encoded {
            name: request.preset.name,
            format,
            width: bitmap.size.width,
            height: bitmap.size.height,
            bytes: encode(bitmap, format)?,
        })
    };
    request.formats.iter().map(encoded).collect()
}
