//! What answers with pictures have in common.

use crate::{
    model::{Image, Ready, State},
    renders::Render,
};
use actix_web::http::header::{self, HeaderMap};
use contracts::images::Variant;
use web::{Answer, EntityTag, Problem, ProblemKind};

/// Of bytes that never change under their URL: the image's id names one upload, and the tag one format.
pub const IMMUTABLE: &str = "private, max-age=31536000, immutable";
/// Of bytes that others may take the place of under their URL; the tag tells whether they did.
pub const PASSING: &str = "private, max-age=60, stale-while-revalidate=86400";

/// A picture in the blob store.
pub struct Picture<'a> {
    pub format: &'a str,
    pub blob: &'a str,
    pub sha256: &'a str,
}

impl<'a> From<&'a Render> for Picture<'a> {
    fn from(render: &'a Render) -> Self {
        Self {
            format: &render.format,
            blob: &render.blob,
            sha256: &render.sha256,
        }
    }
}

impl<'a> Picture<'a> {
    pub fn of(variant: &'a Variant) -> Result<Self, Problem> {
        let blob = variant.blob.as_deref().ok_or_else(|| {
            let detail = "the variant is stored without its place";
            Problem::new(ProblemKind::Internal, detail)
        })?;
        Ok(Self {
            format: &variant.format,
            blob,
            sha256: &variant.sha256,
        })
    }

    /// `negotiated`: another `Accept` may get another format.
    pub fn answer(&self, cache_control: &str, negotiated: bool) -> Answer {
        let answer = Answer::blob(media_type(self.format), self.blob)
            .etag(&EntityTag::new(self.sha256))
            .header(header::CACHE_CONTROL, cache_control)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if negotiated {
            answer.header(header::VARY, "Accept")
        } else {
            answer
        }
    }
}

pub fn media_type(format: &str) -> String {
    format!("image/{format}")
}

/// 404 with the reason when there are no pictures of it yet, or never will be.
pub fn ready(image: &Image) -> Result<&Ready, Problem> {
    let detail = match &image.state {
        State::Ready(ready) => return Ok(ready),
        State::Processing => "the image is still being processed".to_owned(),
        State::Failed { error } => format!("the image could not be processed: {error}"),
    };
    Err(Problem::new(ProblemKind::NotFound, detail))
}

pub fn not_acceptable(formats: &[String]) -> Problem {
    let detail = format!("the picture can be had as {}", formats.join(" and "));
    Problem::new(ProblemKind::NotAcceptable, detail).header("vary", "Accept")
}

/// All `Accept` lines as the one list that they mean.
pub fn accept_field(headers: &HeaderMap) -> String {
    let lines: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .filter_map(|line| line.to_str().ok())
        .collect();
    lines.join(",")
}
