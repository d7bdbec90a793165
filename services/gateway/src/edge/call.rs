//! One public request, from its first byte to its answer.

mod caller;
mod checks;
mod forward;
mod resumable;
mod signing;
mod upload;

use super::{
    auth::Auth,
    docs, events,
    feed::Feeds,
    front::Refusal,
    hot::HotBlobs,
    limits::{Fields, Limits},
    metrics::Metrics,
    refuse,
    slots::{Slot, Slots},
};
use crate::domain::{
    catalogue::{Catalogue, Dialect, Found, Operation, Path},
    resumable::{ENDPOINT, UPLOAD},
    signature::Signer,
};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self as actix, Data},
};
use runtime::{Backends, trace};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;
use web::{Faults, Params, Problem, ProblemKind};

pub const REQUEST_ID: &str = "x-request-id";

/// Everything that requests share.
pub struct Edge {
    pub settings: settings::Gateway,
    pub backends: Backends,
    pub catalogue: watch::Receiver<Arc<Catalogue>>,
    pub auth: Auth,
    pub signer: Signer,
    pub limits: Limits,
    pub slots: Slots,
    pub feeds: Feeds,
    pub blobs: HotBlobs,
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
        query: request.query_string().to_owned(),
        dialect: Dialect::default(),
        fields: Fields::default(),
        slot: None,
    };
    let answered = exchange.answer(&mut payload).instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|problem| {
        refuse::response(
            problem,
            exchange.dialect,
            &format!("urn:switchboard:request:{id}"),
        )
    });
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
    /// The query, without what signs it.
    query: String,
    /// How a refusal is to be put, as far as is known by now.
    dialect: Dialect,
    fields: Fields,
    slot: Option<Slot>,
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
            Found::OtherMethods(path) => return self.without_operation(&path),
            Found::Redirect(path) => return Ok(self.redirect(&path)),
            Found::Nothing(dialect) => {
                self.dialect = dialect;
                let detail = format!("{path} is not a path of this API");
                return Err(Problem::new(ProblemKind::NotFound, detail));
            }
        };
        self.route.clone_from(&operation.template);
        self.dialect = operation.rules.dialect;
        self.admit(&operation, payload).await
    }

    /// All that stands before the service.
    async fn admit(
        &mut self,
        operation: &Operation,
        payload: &mut actix::Payload,
    ) -> Result<HttpResponse, Problem> {
        let key = self.caller(operation).await?;
        checks::access(operation, &key)?;
        let mut faults = Faults::new();
        Params::check_names(&self.query, &operation.rules.parameters, &mut faults);
        self.fields = self.edge.limits.spend(&key).await?;
        if operation.template == "/v1/events" {
            return events::answer(self.edge, self.request, &key.principal(), faults).await;
        }
        self.slot = Some(self.edge.slots.take(&key.tenant)?);
        if matches!(operation.template.as_str(), ENDPOINT | UPLOAD) {
            faults.or(())?;
            return self.resumable(operation, &key, payload).await;
        }
        self.forward(operation, &key, payload, faults).await
    }

    /// The path exists, and the gateway itself can say what is offered there.
    fn without_operation(&mut self, path: &Path) -> Result<HttpResponse, Problem> {
        self.dialect = path.rules.dialect;
        let allow = path.allow();
        if self.request.method() != Method::OPTIONS {
            let detail = format!("{} answers {allow}", self.request.path());
            let problem = Problem::new(ProblemKind::MethodNotAllowed, detail);
            return Err(problem.header("allow", allow));
        }
        let mut response = HttpResponse::NoContent();
        for (name, value) in &path.rules.options {
            response.append_header((name.as_str(), value.as_str()));
        }
        if let Some(limit) = self.largest_resumable(&path.name) {
            response.insert_header(("tus-max-size", limit.to_string()));
        }
        Ok(response.insert_header((header::ALLOW, allow)).finish())
    }

    fn redirect(&mut self, path: &Path) -> HttpResponse {
        self.route.clone_from(&path.name);
        let target = path.rules.redirect.as_deref().unwrap_or("/");
        HttpResponse::MovedPermanently()
            .insert_header((header::LOCATION, target))
            .finish()
    }
}

fn is_get(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}
