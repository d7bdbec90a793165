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

/// What a route wants done before its answer may be seen. The runtime commits the batch together with the marker
/// that makes a repeated request harmless, and runs the route anew when a condition of the batch fails.
#[derive(Debug, Default)]
pub struct Effects {
    pub batch: Batch,
    /// JSON pointers of members that a replay of the answer must leave out.
    pub secrets: Vec<&'static str>,
    pub blob: Option<String>,
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

    #[must_use]
    pub fn secret(mut self, pointer: &'static str) -> Self {
        self.effects.secrets.push(pointer);
        self
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(mut self, _: &HttpRequest) -> HttpResponse {
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
