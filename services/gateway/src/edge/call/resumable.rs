//! The protocol of resumable uploads (tus 1.0.0) between a client and the work on an upload.

use super::{Exchange, checks};
use crate::{
    domain::{
        catalogue::{self, Operation},
        key::KeyRecord,
        resumable::{self, Draft, ENDPOINT, Finished, UPLOAD},
        tus::{self, Checksum},
    },
    edge::{
        answer,
        resumable::{Chunk, Found, Outcome, Worker, pump},
    },
};
use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{self, HeaderMap, HttpDate},
    },
    web as actix,
};
use bytes::Bytes;
use ports::Timestamp;
use runtime::frame::{Request, Response};
use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tokio::sync::mpsc;
use tracing::Instrument;
use web::{Problem, ProblemKind};

/// Pieces of a body between the connection and the task that stores it.
const BUFFERED: usize = 16;

impl Exchange<'_> {
    /// The largest upload that may begin at this path, if any may.
    pub(super) fn largest_resumable(&self, path: &str) -> Option<u64> {
        let catalogue = self.edge.catalogue.borrow();
        let (_, target) = catalogue.resumed_at(path)?;
        let rules = target.rules.upload.as_ref()?;
        Some(rules.max_bytes.min(self.edge.settings.max_upload_bytes))
    }

    pub(super) async fn resumable(
        &mut self,
        operation: &Operation,
        key: &Arc<KeyRecord>,
        payload: &mut actix::Payload,
    ) -> Result<HttpResponse, Problem> {
        let headers = self.request.headers();
        tus::check_version(headers)?;
        let catalogue = self.edge.catalogue.borrow().clone();
        let (_, target) = catalogue.resumed_at(ENDPOINT).ok_or_else(nobody)?;
        checks::access(&target, key)?;
        let method = tus::method(self.request.method().as_str(), headers)?;
        let id = || {
            resumable::id_of(self.request.path()).ok_or_else(|| Problem::not_found("the upload"))
        };
        match method {
            "POST" if operation.template == ENDPOINT => {
                self.create(operation, &target, key, payload).await
            }
            "HEAD" => self.state(key, id()?).await,
            "PATCH" => self.patch(key, id()?, payload).await,
            "DELETE" => self.terminate(id()?, key).await,
            _ => Err(Problem::new(
                ProblemKind::MethodNotAllowed,
                format!("POST to {UPLOAD} needs X-HTTP-Method-Override"),
            )),
        }
    }

    /// The gateway's own service makes the upload, so that an `Idempotency-Key` means here what it means elsewhere; bytes
    /// that come along are its first piece.
    async fn create(
        &self,
        operation: &Operation,
        target: &Operation,
        key: &Arc<KeyRecord>,
        payload: &mut actix::Payload,
    ) -> Result<HttpResponse, Problem> {
        let headers = self.request.headers();
        let limit = self.largest_resumable(ENDPOINT).ok_or_else(nobody)?;
        let draft = tus::draft(headers, &target.rules, limit)?;
        let brings = headers.contains_key(header::CONTENT_TYPE);
        if brings {
            tus::check_piece(headers)?;
        }
        let has_first = brings || draft.length == 0;
        let first = has_first.then(|| self.chunk(0)).transpose()?;
        if let Some(first) = &first {
            first.check_room(draft.length)?;
        }
        let made = self.made(operation, key, &draft).await?;
        if made.head.status != StatusCode::CREATED.as_u16() {
            return self.relay(made).await;
        }
        let location = made.header("location").unwrap_or_default().to_owned();
        let id = resumable::id_of(&location).ok_or_else(nobody)?;
        let worker = self.worker(key);
        let is_new = made.header("idempotency-replayed").is_none();
        let outcome = match first.filter(|_| is_new) {
            Some(first) => self.append(worker, id, first, payload).await,
            None => worker.find(id).await.map(Outcome::Found),
        };
        // Whatever became of its first piece, the upload can go on, and counts until it ends: its path must be known.
        match outcome {
            Err(problem) => Err(problem.header("location", location)),
            Ok(Outcome::Refused(answer)) => self.relay(answer).await,
            Ok(Outcome::Postponed(mut answer)) => {
                answer.head.headers.push(("location".to_owned(), location));
                self.relay(answer).await
            }
            Ok(Outcome::Found(found)) => Ok(response(StatusCode::CREATED, &found)
                .insert_header((header::LOCATION, location))
                .finish()),
        }
    }

    async fn made(
        &self,
        operation: &Operation,
        key: &KeyRecord,
        draft: &Draft,
    ) -> Result<Response, Problem> {
        let body = serde_json::to_vec(draft)
            .map_err(|e| ports::Error::internal("serialising an upload").with_source(e))?;
        let mut frame = self.frame(key, body.into(), None, false);
        frame.head.uri = ENDPOINT.to_owned();
        self.edge.call(operation, &frame).await
    }

    /// `HEAD`: how much is there.
    async fn state(&self, key: &Arc<KeyRecord>, id: &str) -> Result<HttpResponse, Problem> {
        let worker = self.worker(key);
        let found = match worker.find(id).await? {
            // Whoever was to hand it over has died.
            Found::Open(upload, _) if upload.is_complete() => {
                match worker.conclude(id.to_owned()).await? {
                    Outcome::Found(found) => found,
                    Outcome::Refused(answer) | Outcome::Postponed(answer) => {
                        return self.relay(answer).await;
                    }
                }
            }
            found => found,
        };
        let draft = match &found {
            Found::Open(upload, _) => &upload.draft,
            Found::Finished(finished) => &finished.draft,
        };
        let mut response = response(StatusCode::OK, &found);
        response.insert_header(("upload-length", draft.length.to_string()));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(metadata) = &draft.metadata {
            response.insert_header(("upload-metadata", metadata.as_str()));
        }
        Ok(response.finish())
    }

    /// `PATCH`: a piece.
    async fn patch(
        &self,
        key: &Arc<KeyRecord>,
        id: &str,
        payload: &mut actix::Payload,
    ) -> Result<HttpResponse, Problem> {
        let headers = self.request.headers();
        tus::check_piece(headers)?;
        let offset = tus::bytes(headers, "upload-offset")?;
        let chunk = self.chunk(offset)?;
        match self.append(self.worker(key), id, chunk, payload).await? {
            Outcome::Refused(answer) | Outcome::Postponed(answer) => self.relay(answer).await,
            Outcome::Found(found) => Ok(response(StatusCode::NO_CONTENT, &found).finish()),
        }
    }

    /// What the request says of the piece that it brings.
    fn chunk(&self, offset: u64) -> Result<Chunk, Problem> {
        let checksum = tus::field(self.request.headers(), "upload-checksum");
        Ok(Chunk {
            offset,
            length: checks::announced(self.request),
            checksum: checksum.map(Checksum::parse).transpose()?,
        })
    }

    /// What stores the bytes outlives this request, should its connection break.
    async fn append(
        &self,
        worker: Worker,
        id: &str,
        chunk: Chunk,
        payload: &mut actix::Payload,
    ) -> Result<Outcome, Problem> {
        let (sender, intake) = mpsc::channel(BUFFERED);
        let work = worker
            .append(id.to_owned(), chunk, intake)
            .in_current_span();
        let work = tokio::spawn(work);
        let idle = self.edge.settings.upload_idle_timeout.0;
        let (pumped, outcome) = tokio::join!(pump(payload, idle, sender), work);
        let outcome = outcome.unwrap_or_else(|_| {
            let detail = "the fault was logged under this request's id";
            Err(Problem::new(ProblemKind::Internal, detail))
        });
        // That the connection broke is what the client cares for, unless the upload was refused before.
        let outcome = outcome?;
        pumped?;
        Ok(outcome)
    }

    /// `DELETE` is up to the gateway's own service.
    async fn terminate(&self, id: &str, key: &KeyRecord) -> Result<HttpResponse, Problem> {
        let path = resumable::path(id);
        let known = self.edge.catalogue.borrow().clone();
        let found = known.find("DELETE", &path);
        let catalogue::Found::Operation(operation) = found else {
            return Err(nobody());
        };
        let mut frame: Request = self.frame(key, Bytes::new(), None, false);
        frame.head.method = "DELETE".to_owned();
        frame.head.uri = path;
        let answer = self.edge.call(&operation, &frame).await?;
        self.relay(answer).await
    }

    /// Gives a service's answer.
    async fn relay(&self, answer: Response) -> Result<HttpResponse, Problem> {
        let (blobs, fields) = (&self.edge.blobs, HeaderMap::new());
        let mut response = answer::build(blobs, answer, &fields, false).await?;
        let name = header::HeaderName::from_static(tus::RESUMABLE);
        let version = header::HeaderValue::from_static(tus::VERSION);
        response.headers_mut().insert(name, version);
        Ok(response)
    }

    fn worker(&self, key: &Arc<KeyRecord>) -> Worker {
        Worker {
            edge: self.edge.clone(),
            key: Arc::clone(key),
            request_id: self.id.to_owned(),
            traceparent: self.traceparent(),
        }
    }
}

/// What every good answer says of an upload.
fn response(status: StatusCode, found: &Found) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((tus::RESUMABLE, tus::VERSION));
    response.insert_header(("upload-offset", found.offset().to_string()));
    let expires_at = match found {
        Found::Open(upload, _) => upload.expires_at,
        Found::Finished(Finished { expires_at, .. }) => *expires_at,
    };
    response.insert_header(("upload-expires", http_date(expires_at)));
    if let Found::Finished(Finished {
        result: Some(result),
        ..
    }) = found
    {
        response.insert_header(("upload-result", result.as_str()));
    }
    response
}

fn http_date(at: Timestamp) -> String {
    let time = UNIX_EPOCH + Duration::from_secs(at.as_secs());
    HttpDate::from(time).to_string()
}

fn nobody() -> Problem {
    let detail = "nobody takes resumable uploads now";
    Problem::new(ProblemKind::Unavailable, detail).retry_after(Duration::from_secs(1))
}
