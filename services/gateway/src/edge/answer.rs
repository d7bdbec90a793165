//! From a service's answer to the HTTP response: 304, ranges, streamed blobs, answers in parts.

use super::hot::HotBlobs;
use crate::domain::range::{self, Wanted};
use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use ports::Kind;
use runtime::frame::Response;
use std::future::ready;
use web::{EntityTag, Problem, ProblemKind};

pub async fn build(
    blobs: &HotBlobs,
    answer: Response,
    request: &HeaderMap,
    is_get: bool,
) -> Result<HttpResponse, Problem> {
    let status =
        StatusCode::from_u16(answer.head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if is_get && status == StatusCode::OK && is_unchanged(&answer, request) {
        return Ok(with_headers(StatusCode::NOT_MODIFIED, &answer, &["content-type"]).finish());
    }
    match &answer.head.blob {
        None => Ok(with_headers(status, &answer, &[]).body(answer.body)),
        Some(blob) => stream_blob(blobs, blob, &answer, request).await,
    }
}

/// The head and the first part of an answer, then the `rest` as it comes.
pub fn continued(
    first: Response,
    rest: impl Stream<Item = Result<Bytes, Problem>> + 'static,
) -> HttpResponse {
    let status =
        StatusCode::from_u16(first.head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_headers(status, &first, &[]);
    response.streaming(stream::once(ready(Ok(first.body))).chain(rest))
}

fn is_unchanged(answer: &Response, request: &HeaderMap) -> bool {
    answer
        .header("etag")
        .and_then(EntityTag::parse)
        .is_some_and(|tag| tag.unchanged_for(request))
}

fn with_headers(status: StatusCode, answer: &Response, but: &[&str]) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.head.headers {
        if !but.contains(&name.as_str()) && name != "content-length" {
            response.append_header((name.as_str(), value.as_str()));
        }
    }
    response
}

async fn stream_blob(
    blobs: &HotBlobs,
    blob: &str,
    answer: &Response,
    request: &HeaderMap,
) -> Result<HttpResponse, Problem> {
    let gone = |error: ports::Error| match error.kind() {
        Kind::NotFound => Problem::not_found("the content"),
        _ => error.into(),
    };
    let content = blobs.find(blob, answer.header("etag")).await;
    let content = content.map_err(gone)?;
    let size = content.size();
    let field = |name| request.get(name).and_then(|value| value.to_str().ok());
    // If-Range: the part is wanted only of the very same content.
    let same = field(header::IF_RANGE).is_none_or(|tag| Some(tag) == answer.header("etag"));
    let wanted = range::parse(field(header::RANGE).filter(|_| same), size);
    let (status, part) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Unsatisfiable => {
            let problem = Problem::new(
                ProblemKind::RangeNotSatisfiable,
                format!("the content has {size} bytes"),
            );
            return Err(problem.header("content-range", format!("bytes */{size}")));
        }
    };
    let mut response = with_headers(status, answer, &[]);
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        response.insert_header((
            header::CONTENT_RANGE,
            format!("bytes {}-{}/{size}", part.start, part.end - 1),
        ));
    }
    let length = part.end - part.start;
    let bytes = blobs.part(&content, part).await.map_err(gone)?;
    Ok(response.body(SizedStream::new(
        length,
        bytes.map(|piece| piece.map_err(actix_web::error::ErrorInternalServerError)),
    )))
}
