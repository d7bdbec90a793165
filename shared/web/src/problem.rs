use crate::input::{Fault, Faults};
use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use ports::Kind;
use serde_json::{Value, json};
use std::{fmt, time::Duration};

pub const MEDIA_TYPE: &str = "application/problem+json";

/// Every kind of refusal that the API knows: one table from kind to status, type and title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    InvalidInput,
    MalformedJson,
    MalformedRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    Conflict,
    IdempotencyInFlight,
    Gone,
    PreconditionFailed,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    RangeNotSatisfiable,
    Unprocessable,
    IdempotencyKeyReused,
    Locked,
    PreconditionRequired,
    TooManyRequests,
    HeadersTooLarge,
    ChecksumMismatch,
    Internal,
    Unavailable,
    Timeout,
}

impl ProblemKind {
    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidInput => (400, "invalid-input", "The input is not valid"),
            Self::MalformedJson => (400, "malformed-json", "The body is not JSON"),
            Self::MalformedRequest => (400, "malformed-request", "The request is not HTTP"),
            Self::Unauthorized => (401, "unauthorized", "A valid key is needed"),
            Self::Forbidden => (403, "forbidden", "The caller may not do this"),
            Self::NotFound => (404, "not-found", "There is no such thing"),
            Self::MethodNotAllowed => (405, "method-not-allowed", "The method is not offered here"),
            Self::NotAcceptable => (
                406,
                "not-acceptable",
                "None of the accepted types can be made",
            ),
            Self::RequestTimeout => (408, "request-timeout", "The request did not arrive in time"),
            Self::Conflict => (
                409,
                "conflict",
                "The request conflicts with the present state",
            ),
            Self::IdempotencyInFlight => (
                409,
                "idempotency-in-flight",
                "The first request with this key is in flight",
            ),
            Self::Gone => (410, "gone", "This is no longer kept"),
            Self::PreconditionFailed => (
                412,
                "precondition-failed",
                "The thing has changed meanwhile",
            ),
            Self::BodyTooLarge => (413, "body-too-large", "The body is too large"),
            Self::UriTooLong => (414, "uri-too-long", "The request line is too long"),
            Self::UnsupportedMediaType => (
                415,
                "unsupported-media-type",
                "The body's type is not supported",
            ),
            Self::RangeNotSatisfiable => (
                416,
                "range-not-satisfiable",
                "The range lies outside the content",
            ),
            Self::Unprocessable => (422, "unprocessable", "The content cannot be processed"),
            Self::IdempotencyKeyReused => (
                422,
                "idempotency-key-reused",
                "The key was used for another request",
            ),
            Self::Locked => (423, "locked", "Another request is working on this"),
            Self::PreconditionRequired => (428, "precondition-required", "If-Match is needed"),
            Self::TooManyRequests => (429, "too-many-requests", "Too many requests"),
            Self::HeadersTooLarge => (431, "headers-too-large", "The headers are too large"),
            // Of the protocol for resumable uploads; no standard of HTTP has it.
            Self::ChecksumMismatch => (
                460,
                "checksum-mismatch",
                "The bytes are not those that were meant",
            ),
            Self::Internal => (500, "internal", "Something broke on our side"),
            Self::Unavailable => (503, "unavailable", "The service is not available right now"),
            Self::Timeout => (504, "timeout", "The service did not answer in time"),
        }
    }

    const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            408 => Self::RequestTimeout,
            409 => Self::Conflict,
            410 => Self::Gone,
            412 => Self::PreconditionFailed,
            413 => Self::BodyTooLarge,
            414 => Self::UriTooLong,
            415 => Self::UnsupportedMediaType,
            416 => Self::RangeNotSatisfiable,
            422 => Self::Unprocessable,
            423 => Self::Locked,
            428 => Self::PreconditionRequired,
            429 => Self::TooManyRequests,
            431 => Self::HeadersTooLarge,
            460 => Self::ChecksumMismatch,
            503 => Self::Unavailable,
            504 => Self::Timeout,
            400..=499 => Self::InvalidInput,
            _ => Self::Internal,
        }
    }
}

/// RFC 9457 problem details, on their way to being an answer.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    errors: Vec<Fault>,
    extras: Vec<(&'static str, Value)>,
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            extras: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ProblemKind::NotFound, format!("{what} does not exist"))
    }

    #[must_use]
    pub fn invalid(errors: Vec<Fault>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.to_string(),
            many => format!("{} faults; see errors", many.len()),
        };
        Self {
            errors,
            ..Self::new(ProblemKind::InvalidInput, detail)
        }
    }

    /// What stands in for an answer that is an error but no problem yet, such as a router's bare 404.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let kind = ProblemKind::of_status(status.as_u16());
        Self::new(kind, kind.row().2)
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An extension member (RFC 9457, section 3.2).
    #[must_use]
    pub fn member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.extras.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.errors.push(fault);
        self
    }

    /// Names these faults as well.
    #[must_use]
    pub fn faults(mut self, faults: Faults) -> Self {
        self.errors.extend(faults.into_vec());
        self
    }

    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        self.header("retry-after", seconds.to_string())
    }

    #[must_use]
    pub const fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// What is wrong with the input.
    #[must_use]
    pub fn errors(&self) -> &[Fault] {
        &self.errors
    }

    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.row().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The JSON body; `instance` names this occurrence.
    #[must_use]
    pub fn body(&self, instance: &str) -> Vec<u8> {
        let (status, slug, title) = self.kind.row();
        let mut body = json!({
            "type": format!("urn:switchboard:problem:{slug}"),
            "title": title,
            "status": status,
            "detail": self.detail,
        });
        if !instance.is_empty() {
            body["instance"] = instance.into();
        }
        if !self.errors.is_empty() {
            body["errors"] = self.errors.iter().map(Fault::to_json).collect();
        }
        for (name, value) in &self.extras {
            body[*name] = value.clone();
        }
        body.to_string().into_bytes()
    }

    #[must_use]
    pub fn response(self, instance: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE));
        for (name, value) in &self.headers {
            response.insert_header((*name, value.as_str()));
        }
        response.body(self.body(instance))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.kind.row().2, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Keeps the problem itself beside the answer, so that the runtime can add the request's name.
    fn error_response(&self) -> HttpResponse {
        let mut response = self.clone().response("");
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<ports::Error> for Problem {
    fn from(error: ports::Error) -> Self {
        let second = Duration::from_secs(1);
        match error.kind() {
            Kind::Conflict => Self::new(
                ProblemKind::Conflict,
                "the thing changed while the request was handled; try again",
            )
            .retry_after(second),
            Kind::NotFound => Self::new(ProblemKind::NotFound, "it does not exist"),
            Kind::TooLarge => Self::new(ProblemKind::BodyTooLarge, error.to_string()),
            Kind::Gone => Self::new(ProblemKind::Gone, error.to_string()),
            Kind::Full | Kind::Unavailable | Kind::Unroutable => {
                public_detail(&error, ProblemKind::Unavailable).retry_after(second)
            }
            Kind::Timeout => public_detail(&error, ProblemKind::Timeout).retry_after(second),
            Kind::Invalid | Kind::Internal => public_detail(&error, ProblemKind::Internal),
        }
    }
}

/// Backends' own words stay inside: they may name hosts, users and keys. The source is kept for the log by the caller.
fn public_detail(error: &ports::Error, kind: ProblemKind) -> Problem {
    let detail = match error.kind() {
        Kind::Full => "a queue is full; try again shortly",
        Kind::Unroutable => "no instance of the service is running",
        Kind::Unavailable => "a backend cannot be reached",
        Kind::Timeout => "a backend did not answer in time",
        _ => "the fault was logged under this request's id",
    };
    Problem::new(kind, detail)
}
