use super::bitmap::Bitmap;
use super::decode::{Reduction, decoder};
use super::encode::{Animator, encode, encode_planes};
use super::geometry::{Plan, Size};
use super::picture::Picture;
use super::placeholder::{self, placeholder};
use super::resize::resize;
use super::{Animation, Form, Format, Gravity, Header, ImageError, Limits};
use super::{blur::blur, color, probe, salience};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A variant that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Tells the variant from the others.
    pub name: &'a str,
    pub form: &'a Form,
    /// Of [`Format::OUTPUTS`].
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

/// A variant in one format: upright, in sRGB, without metadata. In WebP an animation stays one, elsewhere it is its first
/// frame.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// As in the request.
    pub name: String,
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// A request and how it is met.
struct Job<'a> {
    request: &'a Request<'a>,
    plan: Plan,
}

/// Makes the wanted variants of a picture. Keeps a processor busy meanwhile.
pub fn render(
    bytes: &[u8],
    requests: &[Request<'_>],
    limits: &Limits,
) -> Result<Rendered, ImageError> {
    let header = probe(bytes, limits)?;
    let mut jobs = planned(&header, requests, limits)?;
    let preview = placeholder::plan(header.size());
    let scale = largest(&jobs).max(preview.scale);
    let planar = jobs.iter().all(Job::takes_planes);
    let mut source = upright(bytes, &header, scale, planar, limits)?;
    for job in jobs.iter_mut().filter(|job| job.is_smart()) {
        job.plan.cut = salience::aim(job.plan.cut, &source)?;
    }

    let mut variants = Vec::new();
    for job in &jobs {
        let resized = source.resized(&job.plan)?;
        variants.extend(job.stills(&resized, &header)?);
        // The next variant is smaller: made of this one it is as good, and done sooner.
        if job.plan.is_whole() && job.plan.scale <= 1.0 {
            source = resized;
        }
    }
    let placeholder = placeholder(&source, &preview)?;
    if let Some(animation) = header.animation {
        variants.extend(animated(bytes, &header, animation, &jobs, limits)?);
    }
    Ok(Rendered {
        header,
        variants,
        thumbhash: placeholder.thumbhash,
        dominant_color: placeholder.dominant_color,
    })
}

/// The largest scale first.
fn planned<'a>(
    header: &Header,
    requests: &'a [Request<'a>],
    limits: &Limits,
) -> Result<Vec<Job<'a>>, ImageError> {
    let mut jobs = Vec::new();
    for request in requests {
        let plan = Plan::new(header.size(), request.form);
        limits.check_output(plan.canvas, request.formats)?;
        jobs.push(Job { request, plan });
    }
    jobs.sort_by(|a, b| b.plan.scale.total_cmp(&a.plan.scale));
    Ok(jobs)
}

fn largest(jobs: &[Job<'_>]) -> f64 {
    jobs.first().map_or(0.0, |job| job.plan.scale)
}

/// The picture in sRGB at the smallest scale that is cheap to get and not below the one given; in planes if that is enough.
fn upright(
    bytes: &[u8],
    header: &Header,
    scale: f64,
    planar: bool,
    limits: &Limits,
) -> Result<Picture, ImageError> {
    let reduction = Reduction::for_scale(scale);
    let decoder = decoder(header.format);
    let decode = || {
        if planar && let Some(planes) = decoder.planes(bytes, reduction, limits) {
            return planes.map(Picture::Planes);
        }
        let raster = decoder.decode(bytes, reduction, limits)?;
        Ok(Picture::Pixels(color::to_srgb(raster)))
    };
    Ok(guarded(decode)?.upright(header.orientation))
}

/// Decoders meet bytes that nobody foresaw: one that panics has found a broken picture, not a reason to stop.
fn guarded<T>(decode: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(ImageError::broken("it cannot be decoded")))
}

/// Frame by frame, so that no more than one of them is held besides what is written.
fn animated(
    bytes: &[u8],
    header: &Header,
    animation: Animation,
    jobs: &[Job<'_>],
    limits: &Limits,
) -> Result<Vec<Encoded>, ImageError> {
    let jobs: Vec<&Job<'_>> = jobs.iter().filter(|job| job.is_animated(header)).collect();
    for job in &jobs {
        limits.check_output_frames(animation.frames, job.plan.canvas)?;
    }
    let scale = jobs.first().map_or(0.0, |job| job.plan.scale);
    let animator = |job: &&Job<'_>| Animator::new(job.request.form, animation.loops);
    let mut animators: Vec<Animator> = jobs.iter().map(animator).collect();
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    guarded(|| {
        let reduction = Reduction::for_scale(scale);
        for frame in decoder(header.format).frames(bytes, reduction, limits)? {
            let frame = frame?;
            let source = header.orientation.apply(color::to_srgb(frame.raster));
            for (job, animator) in jobs.iter().zip(&mut animators) {
                let resized = resize(&source, &job.plan)?;
                animator.push(job.finished(&resized).into_owned(), frame.delay)?;
            }
        }
        Ok(())
    })?;
    let encoded = |(job, animator): (&&Job<'_>, Animator)| {
        job.encoded(Format::WebP, animator.size(), animator.finish())
    };
    Ok(jobs.iter().zip(animators).map(encoded).collect())
}

impl Job<'_> {
    fn is_smart(&self) -> bool {
        self.request.form.gravity == Gravity::Smart && !self.plan.is_whole()
    }

    fn is_animated(&self, header: &Header) -> bool {
        header.animation.is_some() && self.request.formats.contains(&Format::WebP)
    }

    /// Is nothing wanted but JPEG, which needs no more than planes, and nothing done to it beyond its size?
    fn takes_planes(&self) -> bool {
        let as_it_is = self.request.form.blur.is_none() && self.plan.canvas == self.plan.output;
        as_it_is && self.request.formats == [Format::Jpeg]
    }

    /// In every format that shows one picture only.
    fn stills(&self, resized: &Picture, header: &Header) -> Result<Vec<Encoded>, ImageError> {
        let form = self.request.form;
        let resized = match resized {
            Picture::Planes(planes) if self.takes_planes() => {
                let bytes = encode_planes(planes, form)?;
                return Ok(vec![self.encoded(Format::Jpeg, planes.size(), bytes)]);
            }
            other => other.to_bitmap(),
        };
        let finished = self.finished(&resized);
        let moving = self.is_animated(header).then_some(Format::WebP);
        let formats = self.request.formats.iter().copied();
        formats
            .filter(|format| Some(*format) != moving)
            .map(|format| {
                let bytes = encode(&finished, form, format)?;
                Ok(self.encoded(format, finished.size, bytes))
            })
            .collect()
    }

    /// What is done to a variant beyond its size.
    fn finished<'b>(&self, resized: &'b Bitmap) -> Cow<'b, Bitmap> {
        let (plan, form) = (&self.plan, self.request.form);
        let mut finished = Cow::Borrowed(resized);
        if let Some(by) = form.blur {
            finished = Cow::Owned(blur(&finished, by));
        }
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

    fn encoded(&self, format: Format, size: Size, bytes: Vec<u8>) -> Encoded {
        Encoded {
            name: self.request.name.to_owned(),
            format,
            width: size.width,
            height: size.height,
            bytes,
        }
    }
}
