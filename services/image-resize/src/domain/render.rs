use super::bitmap::Bitmap;
use super::decode::{Reduction, decoder};
use super::encode::encode;
use super::geometry::Plan;
use super::placeholder::{self, placeholder};
use super::resize::resize;
use super::{Form, Format, Header, ImageError, Limits, color, probe};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A variant that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Tells the variant from the others.
    pub name: &'a str,
    pub form: &'a Form,
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
    /// As in the request.
    pub name: String,
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
    let mut plans = Vec::new();
    for request in requests {
        let plan = Plan::new(picture, request.form);
        limits.check_output(plan.canvas)?;
        plans.push((plan, request));
    }
    plans.sort_by(|(a, _), (b, _)| b.scale.total_cmp(&a.scale));
    let preview = placeholder::plan(picture);

    let scale = plans.first().map_or(0.0, |(largest, _)| largest.scale);
    let mut source = upright(bytes, &header, scale.max(preview.scale), limits)?;
    let mut variants = Vec::new();
    for (plan, request) in &plans {
        let resized = resize(&source, plan)?;
        // The next variant is smaller: made of this one it is as good, and done sooner.
        if plan.is_whole() && plan.scale <= 1.0 {
            source = resized;
            variants.extend(encodings(&finish(&source, plan, request.form), request)?);
        } else {
            variants.extend(encodings(&finish(&resized, plan, request.form), request)?);
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

/// What is done to a variant beyond its size.
fn finish<'a>(bitmap: &'a Bitmap, plan: &Plan, form: &Form) -> Cow<'a, Bitmap> {
    let mut finished = Cow::Borrowed(bitmap);
    if plan.canvas != plan.output {
        finished = Cow::Owned(finished.on_canvas(plan.canvas, plan.place(form.gravity)));
    }
    if let Some(color) = form.background
        && finished.alpha
    {
        finished = Cow::Owned(finished.on(color));
    }
    finished
}

fn encodings(bitmap: &Bitmap, request: &Request<'_>) -> Result<Vec<Encoded>, ImageError> {
    let encoded = |&format| {
        Ok(Encoded {
            name: request.name.to_owned(),
            format,
            width: bitmap.size.width,
            height: bitmap.size.height,
            bytes: encode(bitmap, request.form, format)?,
        })
    };
    request.formats.iter().map(encoded).collect()
}
