//! Which pages of other origins may call from a browser.

use actix_cors::Cors;
use actix_web::http::header;

/// Listed origins only; preflights need no key.
pub fn cors(origins: &[String]) -> Cors {
    let listed = origins
        .iter()
        .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    listed
        .allowed_methods([
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "PROPFIND",
            "PROPPATCH",
            "REPORT",
            "MKCOL",
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::RANGE,
            header::HeaderName::from_static("depth"),
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("prefer"),
            header::HeaderName::from_static("last-event-id"),
            header::HeaderName::from_static("traceparent"),
            header::HeaderName::from_static("tus-resumable"),
            header::HeaderName::from_static("upload-length"),
            header::HeaderName::from_static("upload-offset"),
            header::HeaderName::from_static("upload-metadata"),
            header::HeaderName::from_static("upload-checksum"),
            header::HeaderName::from_static("upload-defer-length"),
            header::HeaderName::from_static("x-http-method-override"),
        ])
        .expose_headers([
            "DAV",
            "ETag",
            "Location",
            "Content-Location",
            "Link",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "x-request-id",
            "Preference-Applied",
            "Tus-Resumable",
            "Tus-Version",
            "Tus-Extension",
            "Tus-Max-Size",
            "Tus-Checksum-Algorithm",
            "Upload-Offset",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Expires",
            "Upload-Result",
        ])
        .block_on_origin_mismatch(false)
        .max_age(3600)
}
