use crate::{EntityTag, Problem};
use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{StatusCode, header},
};
use bytes::Bytes;
use ports::Batch;
use serde::Serialize;

#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    /// Content type and bytes.
    Bytes(String, Bytes),
    /// Content type and blob key: the gateway streams it, with ranges.
    Blob(String, String),
}

/// Field of a request that is refused whatever the route says. The route runs all the same, so that the refusal can name every
/// fault; what it wants done is dropped.
pub const DRY_RUN: &str = "switchboard-dry-run";

/// Field of a request for the next part of an answer: the token that the part before it ended with. Gateways alone send it.
pub const CONTINUATION: &str = "switchboard-continuation";

/// For a route that cannot leave all that it does to the runtime.
#[must_use]
pub fn is_dry_run(request: &HttpRequest) -> bool {
    request.headers().contains_key(DRY_RUN)
}

/// What a route wants done before its answer may be seen. The runtime commits the batch together with the marker
/// that makes a repeated request harmless, and runs the route anew when a condition of the batch fails.
#[derive(Debug, Default)]
pub struct Effects {
    pub batch: Batch,
    /// JSON pointers of members that a replay of the answer must leave out.
    pub secrets: Vec<&'static str>,
    pub blob: Option<String>,
    /// The answer goes on: what the route wants to be told when it is asked for the next part.
    pub continuation: Option<String>,
}

/// A route's answer and its effects, as one value.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(header::HeaderName, String)>,
    body: Body,
    effects: Effects,
}

impl Answer {
    #[must_use]
    pub fn new(status: StatusCode, body: Body) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            effects: Effects::default(),
        }
    }

    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Problem> {
        let bytes = serde_json::to_vec(value)
            .map_err(|e| ports::Error::internal("serialising an answer").with_source(e))?;
        Ok(Self::new(
            status,
            Body::Bytes("application/json".to_owned(), bytes.into()),
        ))
    }

    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Body::Empty)
    }

    #[must_use]
    pub fn blob(content_type: impl Into<String>, key: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, Body::Blob(content_type.into(), key.into()))
    }

    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn etag(self, tag: &EntityTag) -> Self {
        self.header(header::ETAG, tag.to_string())
    }

    #[must_use]
    pub fn location(self, path: impl Into<String>) -> Self {
        self.header(header::LOCATION, path)
    }

    #[must_use]
    pub fn commit(mut self, batch: Batch) -> Self {
        self.effects.batch.merge(batch);
        self
    }

    /// This is a part of the answer. Once the client has taken it, the same request comes again with this token
    /// (`Ctx::continuation`), and what it is answered with is appended; the last part has no token. A token is visible
    /// ASCII, another one for each part, and enough for any instance of the service to go on from. Every part has the
    /// first one's status. For safe methods only, and not for blobs.
    #[must_use]
    pub fn continued(mut self, token: impl Into<String>) -> Self {
        self.effects.continuation = Some(token.into());
        self
    }

    #[must_use]
    pub fn secret(mut self, pointer: &'static str) -> Self {
        self.effects.secrets.push(pointer);
        self
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(mut self, request: &HttpRequest) -> HttpResponse {
        if is_dry_run(request) {
            self.effects = Effects::default();
        }
        let mut response = HttpResponse::build(self.status);
        for (name, value) in self.headers {
            response.append_header((name, value));
        }
        let mut response = match self.body {
            Body::Empty => response.finish(),
            Body::Bytes(content_type, bytes) => response
                .insert_header((header::CONTENT_TYPE, content_type))
                .body(bytes),
            Body::Blob(content_type, key) => {
                self.effects.blob = Some(key);
                response
                    .insert_header((header::CONTENT_TYPE, content_type))
                    .finish()
            }
        };
        response.extensions_mut().insert(self.effects);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_dry_run_has_no_effects() {
        let commits = |request: TestRequest| {
            let mut batch = Batch::new();
            batch.put("key", "value");
            let answer = Answer::empty(StatusCode::NO_CONTENT).commit(batch);
            let response = answer.continued("2").respond_to(&request.to_http_request());
            let extensions = response.extensions();
            let effects = extensions.get::<Effects>().unwrap();
            assert_eq!(effects.batch.is_empty(), effects.continuation.is_none());
            !effects.batch.is_empty()
        };
        assert!(commits(TestRequest::default()));
        assert!(!commits(
            TestRequest::default().insert_header((DRY_RUN, "1"))
        ));
    }
}
