//! One public request, from its first byte to its answer.

use super::{
    answer,
    auth::Auth,
    body, docs, dry_run, events,
    feed::Feeds,
    front::Refusal,
    limits::{Fields, Limits},
    metrics::Metrics,
    slots::Slots,
    upload::Uploads,
    wait,
};
use crate::domain::{
    catalogue::{Access, Catalogue, Found, Operation},
    key::KeyRecord,
    media,
};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
    web::{self as actix, Data},
};
use bytes::Bytes;
use contracts::{TraceParent, uploads::Received};
use ports::Kind;
use runtime::{
    Backends,
    frame::{Request, RequestHead, Response},
    trace,
};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};
use uuid::Uuid;
use web::{DRY_RUN, Faults, Params, Problem, ProblemKind};

pub const REQUEST_ID: &str = "x-request-id";
/// Fields that services see; the rest concerns the gateway alone.
const FORWARDED: [&str; 8] = [
    "accept",
    "accept-language",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "prefer",
];

/// Everything that requests share.
pub struct Edge {
    pub settings: settings::Gateway,
    pub backends: Backends,
    pub catalogue: watch::Receiver<Arc<Catalogue>>,
    pub auth: Auth,
    pub limits: Limits,
    pub slots: Slots,
    pub feeds: Feeds,
    pub metrics: Metrics,
    pub stop: CancellationToken,
}

pub async fn handle(
    request: HttpRequest,
    mut payload: actix::Payload,
    edge: Data<Edge>,
) -> HttpResponse {
    let running = edge.metrics.begin(request.method());
    let id = Uuid::now_v7().simple().to_string();
    let span = tracing::info_span!(
        "http request", otel.kind = "server", request_id = %id,
        http.request.method = %request.method(), http.route = tracing::field::Empty, http.response.status_code = tracing::field::Empty, trace_id = tracing::field::Empty,
    );
    let incoming = request
        .headers()
        .get("traceparent")
        .and_then(|value| value.to_str().ok());
    trace::continue_from(&span, incoming);
    let mut exchange = Exchange {
        edge: &edge,
        request: &request,
        id: &id,
        route: String::new(),
        fields: Fields::default(),
    };
    let answered = exchange.answer(&mut payload).instrument(span.clone()).await;
    let mut response = answered
        .unwrap_or_else(|problem| problem.response(&format!("urn:switchboard:request:{id}")));
    exchange.fields.write(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(header::HeaderName::from_static(REQUEST_ID), value);
    }
    let status = response.status().as_u16();
    if !exchange.route.is_empty() {
        trace::rename(&span, || format!("{} {}", request.method(), exchange.route));
        span.record("http.route", exchange.route.as_str());
    }
    span.record("http.response.status_code", status);
    if status >= 500 {
        trace::failed(&span);
    }
    running.answered(&exchange.route, status);
    response
}

/// One request being answered.
struct Exchange<'a> {
    edge: &'a Data<Edge>,
    request: &'a HttpRequest,
    id: &'a str,
    /// The matched path's template; empty when none matched.
    route: String,
    fields: Fields,
}

impl Exchange<'_> {
    async fn answer(&mut self, payload: &mut actix::Payload) -> Result<HttpResponse, Problem> {
        if let Some(refusal) = self.request.extensions().get::<Refusal>() {
            return Err(refusal.problem());
        }
        let catalogue = self.edge.catalogue.borrow().clone();
        let (method, path) = (self.request.method(), self.request.path());
        if is_get(self.request)
            && let Some(page) = docs::page(path, &catalogue.openapi)
        {
            return Ok(page);
        }
        let operation = match catalogue.find(method.as_str(), path) {
            Found::Operation(operation) => operation,
            Found::Nothing => {
                return Err(Problem::new(
                    ProblemKind::NotFound,
                    format!("{path} is not a path of this API"),
                ));
            }
            Found::OtherMethods(allow) if method == Method::OPTIONS => {
                return Ok(HttpResponse::NoContent()
                    .insert_header((header::ALLOW, allow))
                    .finish());
            }
            Found::OtherMethods(allow) => {
                let problem = Problem::new(
                    ProblemKind::MethodNotAllowed,
                    format!("{path} answers {allow}"),
                );
                return Err(problem.header("allow", allow));
            }
        };
        self.route.clone_from(&operation.template);
        let key = self.edge.auth.authenticate(self.request.headers()).await?;
        check_access(&operation, &key)?;
        let mut faults = Faults::new();
        let query = self.request.query_string();
        Params::check_names(query, &operation.parameters, &mut faults);
        self.fields = self.edge.limits.spend(&key).await?;
        if operation.template == "/v1/events" {
            return events::answer(self.edge, self.request, &key.principal(), faults).await;
        }
        let _slot = self.edge.slots.take(&key.tenant)?;
        self.forward(&operation, &key, payload, faults).await
    }

    /// A request that is at fault already goes to the service too, as a dry run: the refusal is to name every fault at once.
    async fn forward(
        &self,
        operation: &Operation,
        key: &KeyRecord,
        payload: &mut actix::Payload,
        faults: Faults,
    ) -> Result<HttpResponse, Problem> {
        let is_dry_run = !faults.is_empty();
        let content_type = check_content_type(self.request, operation)?;
        let settings = &self.edge.settings;
        let Some(limit) = operation.upload else {
            let body = if operation.content_types.is_empty() {
                Bytes::new()
            } else {
                check_length(self.request, body::MAX_JSON as u64)?;
                body::read(payload, settings.upload_idle_timeout.0).await?
            };
            let frame = self.frame(key, body, None, is_dry_run);
            let answer = self.call(operation, &frame).await;
            if is_dry_run {
                return Err(dry_run::refusal(faults, answer.as_ref().ok()));
            }
            return self.finish(answer?, key, &frame).await;
        };
        let limit = limit.min(settings.max_upload_bytes);
        check_length(self.request, limit)?;
        let idle = settings.upload_idle_timeout.0;
        let uploads = Uploads {
            backends: &self.edge.backends,
            tenant: &key.tenant,
            limit,
            idle,
        };
        let upload = uploads.receive(payload, &content_type).await?;
        let frame = self.frame(key, Bytes::new(), Some(upload.clone()), is_dry_run);
        let answer = self.call(operation, &frame).await;
        if is_dry_run {
            uploads.discard(&upload).await;
            return Err(dry_run::refusal(faults, answer.as_ref().ok()));
        }
        // After a 5xx the service may still be at work on it; the sweep decides.
        if answer
            .as_ref()
            .is_ok_and(|answer| (400..500).contains(&answer.head.status))
        {
            uploads.discard(&upload).await;
        }
        self.finish(answer?, key, &frame).await
    }

    fn frame(
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
        let incoming = self
            .request
            .headers()
            .get("traceparent")
            .and_then(|value| value.to_str().ok());
        let head = RequestHead {
            // HEAD is answered as GET, and the server leaves the body out.
            method: if is_get(self.request) {
                "GET".to_owned()
            } else {
                self.request.method().to_string()
            },
            uri: self
                .request
                .uri()
                .path_and_query()
                .map_or("/", |target| target.as_str())
                .to_owned(),
            headers: headers.chain(mark).collect(),
            principal: key.principal(),
            request_id: self.id.to_owned(),
            traceparent: Some(
                trace::traceparent(&Span::current(), incoming).unwrap_or_else(fresh_trace),
            ),
            upload,
        };
        Request { head, body }
    }

    /// Only a request that surely reached nobody is sent to a second queue.
    async fn call(&self, operation: &Operation, frame: &Request) -> Result<Response, Problem> {
        let encoded = frame.encode()?;
        let mut refused = None;
        for queue in operation.queues() {
            match self
                .edge
                .backends
                .bus
                .call(queue, encoded.clone(), self.edge.settings.request_timeout.0)
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

    async fn finish(
        &self,
        answer: Response,
        key: &KeyRecord,
        frame: &Request,
    ) -> Result<HttpResponse, Problem> {
        let blobs = &*self.edge.backends.blobs;
        if answer.head.status == 202
            && let Some(patience) = wait::wanted(self.request.headers())
            && let Some(location) = answer.header("location")
            && let Some(result) =
                wait::for_result(self.edge, &key.tenant, location, patience).await?
            && let Some(finished) = self.get(&result, key, frame).await?
        {
            let mut response = answer::build(blobs, finished, &HeaderMap::new(), true).await?;
            let applied = format!("wait={}", patience.as_secs());
            if let Ok(applied) = HeaderValue::from_str(&applied) {
                response.headers_mut().insert(
                    header::HeaderName::from_static("preference-applied"),
                    applied,
                );
            }
            return Ok(response);
        }
        answer::build(blobs, answer, self.request.headers(), is_get(self.request)).await
    }

    /// Gets what a job has made, for the same caller, if the caller may see it.
    async fn get(
        &self,
        path: &str,
        key: &KeyRecord,
        first: &Request,
    ) -> Result<Option<Response>, Problem> {
        let catalogue = self.edge.catalogue.borrow().clone();
        let Found::Operation(operation) = catalogue.find("GET", path) else {
            return Ok(None);
        };
        if check_access(&operation, key).is_err() {
            return Ok(None);
        }
        let head = RequestHead {
            method: "GET".to_owned(),
            uri: path.to_owned(),
            headers: Vec::new(),
            upload: None,
            ..first.head.clone()
        };
        let answer = self
            .call(
                &operation,
                &Request {
                    head,
                    body: Bytes::new(),
                },
            )
            .await?;
        Ok((answer.head.status == 200).then_some(answer))
    }
}

fn is_get(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
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

fn check_access(operation: &Operation, key: &KeyRecord) -> Result<(), Problem> {
    match &operation.access {
        Access::AnyKey => Ok(()),
        Access::Root if key.root => Ok(()),
        Access::Root => Err(Problem::new(
            ProblemKind::Forbidden,
            "only the root key may do this",
        )),
        Access::Scope(scope) if key.scopes.cover(scope) => Ok(()),
        Access::Scope(scope) => Err(Problem::new(
            ProblemKind::Forbidden,
            format!("the key lacks the scope {scope}"),
        )),
    }
}

/// The body's type, which must be one that the operation declares.
fn check_content_type(request: &HttpRequest, operation: &Operation) -> Result<String, Problem> {
    if operation.content_types.is_empty() {
        return Ok(String::new());
    }
    let field = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if field.is_some_and(|content_type| media::is_declared(content_type, &operation.content_types))
    {
        return Ok(field.unwrap_or_default().to_owned());
    }
    let accepted = operation.content_types.join(", ");
    let problem = Problem::new(
        ProblemKind::UnsupportedMediaType,
        format!("the body must be {accepted}"),
    );
    let name = if request.method() == Method::PATCH {
        "accept-patch"
    } else {
        "accept"
    };
    Err(problem.header(name, accepted))
}

/// Refuses what is announced as too large before its first byte.
fn check_length(request: &HttpRequest, limit: u64) -> Result<(), Problem> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit) {
        Err(body::too_large(limit))
    } else {
        Ok(())
    }
}
