//! From the gateway's door to the service and back.

use super::{
    super::{answer, body, chain::Chain, dry_run, refuse, wait},
    Edge, Exchange,
    checks::{self, Expected},
    is_get,
};
use crate::domain::{
    catalogue::{Dialect, Found, Operation},
    key::KeyRecord,
};
use actix_web::{
    HttpResponse,
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    web as actix,
};
use bytes::Bytes;
use contracts::{TraceParent, uploads::Received};
use futures_util::stream;
use ports::Kind;
use runtime::{
    frame::{Request, RequestHead, Response},
    trace,
};
use tracing::Span;
use web::{DRY_RUN, Faults, Problem};

/// Fields that services see; the rest concerns the gateway alone.
const FORWARDED: [&str; 14] = [
    "accept",
    "accept-language",
    "brief",
    "content-type",
    "depth",
    // Phones want whole addresses in their menus: the one that they called.
    "host",
    "idempotency-key",
    "if",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "overwrite",
    "prefer",
    "x-forwarded-proto",
];

impl Edge {
    /// Only a request that surely reached nobody is sent to a second queue.
    pub async fn call(&self, operation: &Operation, frame: &Request) -> Result<Response, Problem> {
        let encoded = frame.encode()?;
        let mut refused = None;
        for queue in operation.queues() {
            match self
                .backends
                .bus
                .call(queue, encoded.clone(), self.settings.request_timeout.0)
                .await
            {
                Ok(answer) => return Ok(Response::decode(answer)?),
                Err(error) if error.kind() == Kind::Unroutable => refused = Some(error),
                Err(error) => {
                    tracing::warn!(%error, service = queue.service, "a call failed");
                    return Err(error.into());
                }
            }
        }
        let nobody = || ports::Error::new(Kind::Unroutable, "no queue");
        Err(refused.unwrap_or_else(nobody).into())
    }
}

impl Exchange<'_> {
    /// A request that is at fault already goes to the service too, as a dry run: the refusal is to name every fault at once.
    pub(super) async fn forward(
        &mut self,
        operation: &Operation,
        key: &KeyRecord,
        payload: &mut actix::Payload,
        faults: Faults,
    ) -> Result<HttpResponse, Problem> {
        let expected = checks::body(self.request, &operation.rules)?;
        if let Some(rules) = &operation.rules.upload {
            let content_type = expected.map_or_else(String::new, |expected| expected.content_type);
            let upload = self.receive(operation, rules, content_type, key, payload);
            let upload = upload.await?;
            return self.forward_upload(operation, upload, key, faults).await;
        }
        let is_dry_run = !faults.is_empty();
        let body = match expected {
            None => Bytes::new(),
            Some(Expected { limit, .. }) => {
                checks::length(self.request, limit as u64)?;
                let idle = self.edge.settings.upload_idle_timeout.0;
                body::read(payload, limit, idle).await?
            }
        };
        let frame = self.frame(key, body, None, is_dry_run);
        let answer = self.edge.call(operation, &frame).await;
        if is_dry_run {
            return Err(dry_run::refusal(faults, answer.as_ref().ok()));
        }
        self.finish(operation, answer?, key, frame).await
    }

    pub(super) fn frame(
        &self,
        key: &KeyRecord,
        body: Bytes,
        upload: Option<Received>,
        is_dry_run: bool,
    ) -> Request {
        let headers = self
            .request
            .headers()
            .iter()
            .filter(|(name, _)| FORWARDED.contains(&name.as_str()))
            // The answer to a dry run is not what the key is to stand for.
            .filter(|(name, _)| !(is_dry_run && *name == "idempotency-key"));
        // One that is not ASCII goes on too: a condition that vanished would be a condition that holds.
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        });
        let mark = is_dry_run.then(|| (DRY_RUN.to_owned(), "1".to_owned()));
        let head = RequestHead {
            // HEAD is answered as GET, and the server leaves the body out.
            method: if is_get(self.request) {
                "GET".to_owned()
            } else {
                self.request.method().to_string()
            },
            uri: self.uri(),
            headers: headers.chain(mark).collect(),
            principal: key.principal(),
            request_id: self.id.to_owned(),
            traceparent: Some(self.traceparent()),
            upload,
        };
        Request { head, body }
    }

    /// What a service sees: it need not know whether a key or a signature opened the door.
    fn uri(&self) -> String {
        let path = self.request.path();
        match self.query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    pub(super) fn traceparent(&self) -> String {
        let incoming = self.request.headers().get("traceparent");
        let incoming = incoming.and_then(|value| value.to_str().ok());
        trace::traceparent(&Span::current(), incoming).unwrap_or_else(fresh_trace)
    }

    pub(super) async fn finish(
        &mut self,
        operation: &Operation,
        mut answer: Response,
        key: &KeyRecord,
        frame: Request,
    ) -> Result<HttpResponse, Problem> {
        self.sign(operation, key, &mut answer)?;
        if answer.head.status == 202
            && let Some(patience) = wait::wanted(self.request.headers())
            && let Some(location) = answer.header("location")
            && let Some(result) =
                wait::for_result(self.edge, &key.tenant, location, patience).await?
            && let Some((finished, frame)) = self.get(&result, key, &frame).await?
        {
            let fields = HeaderMap::new();
            let mut response = self.respond(finished, frame, &fields, true).await?;
            let applied = format!("wait={}", patience.as_secs());
            if let Ok(applied) = HeaderValue::from_str(&applied) {
                let name = HeaderName::from_static("preference-applied");
                response.headers_mut().insert(name, applied);
            }
            return Ok(response);
        }
        let request = self.request;
        self.respond(answer, frame, request.headers(), is_get(request))
            .await
    }

    /// Gets what a job has made, for the same caller, if the caller may see it.
    async fn get(
        &self,
        path: &str,
        key: &KeyRecord,
        first: &Request,
    ) -> Result<Option<(Response, Request)>, Problem> {
        let catalogue = self.edge.catalogue.borrow().clone();
        let Found::Operation(operation) = catalogue.find("GET", path) else {
            return Ok(None);
        };
        if checks::access(&operation, key).is_err() {
            return Ok(None);
        }
        let head = RequestHead {
            method: "GET".to_owned(),
            uri: path.to_owned(),
            headers: Vec::new(),
            upload: None,
            ..first.head.clone()
        };
        let body = Bytes::new();
        let frame = Request { head, body };
        let answer = self.edge.call(&operation, &frame).await?;
        Ok((answer.head.status == 200).then_some((answer, frame)))
    }

    /// `frame` is what was answered, `fields` are those of the client that matter for how it is told.
    async fn respond(
        &mut self,
        mut answer: Response,
        frame: Request,
        fields: &HeaderMap,
        is_get: bool,
    ) -> Result<HttpResponse, Problem> {
        if self.dialect == Dialect::Dav {
            refuse::translate(&mut answer);
        }
        let Some(token) = answer.head.continuation.take() else {
            return answer::build(&self.edge.blobs, answer, fields, is_get).await;
        };
        if self.request.method() == Method::HEAD {
            return Ok(answer::continued(answer, stream::empty()));
        }
        let chain = Chain {
            edge: self.edge.clone(),
            route: self.route.clone(),
            status: answer.head.status,
            frame,
            slot: self.slot.take(),
        };
        Ok(answer::continued(answer, chain.follow(token)))
    }
}

fn fresh_trace() -> String {
    let random: [u8; 24] = rand::random();
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    TraceParent {
        trace_id: hex[..32].to_owned(),
        span_id: hex[32..].to_owned(),
        sampled: false,
    }
    .to_string()
}
