//! One request: run the route, commit its effects with the marker that makes a repetition harmless, answer.

use crate::{
    backoff::Backoff,
    ctx::Ctx,
    executor::{Application, Task},
    frame::{Request, Response, ResponseHead},
    invocation::{Invocation, Reads},
    marker::Marker,
    metrics::{Metrics, Trigger},
    steps::Steps,
    trace,
};
use actix_service::Service as _;
use actix_web::{
    HttpMessage,
    body::{self, MessageBody},
    dev::{Payload, ServiceResponse},
    http::{Method, Uri, header},
};
use bytes::Bytes;
use ports::{Batch, Blobs, Kind, Store, Tenant, Timestamp, store::Read};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use tracing::{Instrument, Span};
use web::{CONTINUATION, Effects, Problem, ProblemKind};

/// A route is run so often while others change what it read.
pub const MAX_RUNS: usize = 12;
/// How long it waits in between, so that of many who change one thing each gets its turn.
pub const fn turns() -> Backoff {
    Backoff::new(Duration::from_millis(2), Duration::from_millis(250))
}

/// What every request needs.
#[derive(Clone)]
pub struct Environment {
    pub store: Arc<dyn Store>,
    pub blobs: Arc<dyn Blobs>,
    pub metrics: Arc<Metrics>,
}

/// Never fails: what goes wrong becomes the answer.
pub async fn answer(application: &Application, environment: &Environment, task: &Task) -> Response {
    let head = &task.request.head;
    let path = head.uri.split('?').next().unwrap_or_default();
    let span = tracing::info_span!("request", otel.kind = "server", service = task.service, method = %head.method, path, request_id = %head.request_id, status = tracing::field::Empty, trace_id = tracing::field::Empty);
    trace::continue_from(&span, head.traceparent.as_deref());
    let running = environment.metrics.begin(task.service, Trigger::Http);
    let response = match attempt(application, environment, task)
        .instrument(span.clone())
        .await
    {
        Ok(response) => response,
        Err(problem) => problem_response(&problem, &head.request_id),
    };
    span.record("status", response.head.status);
    if response.head.status >= 500 {
        trace::failed(&span);
    }
    running.answered(response.head.status);
    response
}

async fn attempt(
    application: &Application,
    environment: &Environment,
    task: &Task,
) -> Result<Response, Problem> {
    let request = &task.request;
    let tenant = &request.head.principal.tenant;
    let Some(marker) = Marker::of(task.service, request)? else {
        return Ok(run(application, environment, task, None).await?.0);
    };
    if (marker.keyed || task.redelivered)
        && let Some(first) = first_answer(environment, tenant, &marker).await?
    {
        return Ok(first);
    }
    if !marker.keyed {
        return run_and_commit(application, environment, task, &marker).await;
    }
    // Only one request of a key may be in flight; a crash frees the key when the deadline passes.
    let time_left = task.deadline.saturating_duration_since(Instant::now());
    let name = format!("idempotency:{}", marker.key);
    let lease = environment
        .store
        .lease(tenant.shard(), &name, &request.head.request_id, time_left)
        .await?;
    let Some(lease) = lease else {
        let detail = "the first request with this Idempotency-Key has not been answered yet; try again shortly";
        return Err(
            Problem::new(ProblemKind::IdempotencyInFlight, detail).header("retry-after", "1")
        );
    };
    let answered = run_and_commit(application, environment, task, &marker).await;
    if let Err(error) = environment.store.release(&lease).await {
        tracing::debug!(%error, "an idempotency lease ends by itself");
    }
    answered
}

/// What the request was answered when it came before. One that broke off between two of its steps has no answer yet, but
/// its key is taken.
async fn first_answer(
    environment: &Environment,
    tenant: &Tenant,
    marker: &Marker,
) -> Result<Option<Response>, Problem> {
    let keys = [marker.key.clone(), marker.step(0)];
    let store = &environment.store;
    let items = store.batch_get(tenant, &keys, Read::Strong).await?;
    let mut items = items.into_iter();
    let (answer, step) = (items.next().flatten(), items.next().flatten());
    if let Some(answer) = answer {
        return marker.replay(&answer.value).map(Some);
    }
    if let Some(step) = step {
        marker.unseal(&step.value)?;
    }
    Ok(None)
}

async fn run_and_commit(
    application: &Application,
    environment: &Environment,
    task: &Task,
    marker: &Marker,
) -> Result<Response, Problem> {
    let tenant = &task.request.head.principal.tenant;
    let mut turns = turns();
    for _ in 0..MAX_RUNS {
        let (response, effects) = run(application, environment, task, Some(marker)).await?;
        let final_word = response.head.status < 500 && response.head.status != 429;
        if effects.batch.is_empty() && !(marker.keyed && final_word) {
            return Ok(response);
        }
        let mut batch = Batch::new();
        batch.expect(marker.key.clone(), None).put_item(marker.put(
            &response,
            &effects.secrets,
            Timestamp::now(),
            task.deadline.saturating_duration_since(Instant::now()),
        )?);
        batch.merge(effects.batch);
        match trace::commit(&*environment.store, tenant, batch).await {
            Ok(_) => return Ok(response),
            Err(error) if error.kind() == Kind::Conflict => {
                if let Some(first) = environment
                    .store
                    .get(tenant, &marker.key, Read::Strong)
                    .await?
                {
                    return marker.replay(&first.value);
                }
                sleep(turns.step()).await;
            }
            Err(error) => {
                tracing::warn!(service = task.service, %error, "a request's commit failed");
                return Err(error.into());
            }
        }
    }
    let detail = "others kept changing the same thing; try again";
    Err(Problem::new(ProblemKind::Conflict, detail).header("retry-after", "1"))
}

/// Runs the route once, without any effect yet.
async fn run(
    application: &Application,
    environment: &Environment,
    task: &Task,
    marker: Option<&Marker>,
) -> Result<(Response, Effects), Problem> {
    let request = http_request(environment, task, marker)?;
    let id = &task.request.head.request_id;
    match application.call(request).await {
        Ok(response) => {
            let collected = collect(response, id).await?;
            check_continuation(&task.request, &collected.1)?;
            Ok(collected)
        }
        Err(error) => {
            let response = error.error_response();
            let problem = response.extensions().get::<Problem>().cloned();
            Err(problem.unwrap_or_else(|| Problem::of_status(response.status())))
        }
    }
}

/// A request that changes something must not be made once for each part, and a blob is streamed as it is.
fn check_continuation(request: &Request, effects: &Effects) -> Result<(), Problem> {
    if effects.continuation.is_none() || (request.is_safe() && effects.blob.is_none()) {
        return Ok(());
    }
    let detail = "only a safe method's answer that is no blob can come in parts";
    Err(Problem::new(ProblemKind::Internal, detail))
}

fn http_request(
    environment: &Environment,
    task: &Task,
    marker: Option<&Marker>,
) -> Result<actix_http::Request, Problem> {
    let Request { head, body } = &task.request;
    let invalid = |what: &str| {
        Problem::new(
            ProblemKind::Internal,
            format!("the request's {what} cannot be read"),
        )
    };
    let mut request = actix_http::Request::with_payload(Payload::from(body.clone()));
    request.head_mut().method =
        Method::from_bytes(head.method.as_bytes()).map_err(|_| invalid("method"))?;
    request.head_mut().uri = head.uri.parse::<Uri>().map_err(|_| invalid("target"))?;
    for (name, value) in &head.headers {
        let name = header::HeaderName::try_from(name.as_str()).map_err(|_| invalid("headers"))?;
        let value =
            header::HeaderValue::try_from(value.as_str()).map_err(|_| invalid("headers"))?;
        request.head_mut().headers.append(name, value);
    }
    let invocation = Invocation {
        tenant: head.principal.tenant.clone(),
        store: Reads::new(environment.store.clone()),
        blobs: environment.blobs.clone(),
        service: task.service,
        traceparent: trace::traceparent(&Span::current(), head.traceparent.as_deref()),
        now: Timestamp::now(),
    };
    let ctx = Ctx::new(
        invocation,
        head.principal.clone(),
        head.request_id.clone(),
        head.upload.clone(),
        marker.map(|marker| steps(environment, task, marker)),
        task.request.header(CONTINUATION).map(str::to_owned),
    );
    request.extensions_mut().insert(ctx);
    Ok(request)
}

fn steps(environment: &Environment, task: &Task, marker: &Marker) -> Steps {
    let head = &task.request.head;
    let tenant = head.principal.tenant.clone();
    let time_left = task.deadline.saturating_duration_since(Instant::now());
    let is_dry_run = head.headers.iter().any(|(name, _)| name == web::DRY_RUN);
    Steps::new(
        environment.store.clone(),
        tenant,
        marker.clone(),
        time_left,
        is_dry_run,
    )
}

async fn collect(
    response: ServiceResponse,
    request_id: &str,
) -> Result<(Response, Effects), Problem> {
    let mut response = response.into_parts().1;
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    let effects = response.extensions_mut().remove::<Effects>();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    // An error that a route has worded itself stays so, for example as XML; the framework's own bare ones do not.
    let is_worded =
        content_type.is_some_and(|kind| effects.is_some() || kind.as_bytes().ends_with(b"json"));
    if status.is_client_error() || status.is_server_error() {
        if let Some(problem) = problem {
            return Ok((problem_response(&problem, request_id), Effects::default()));
        }
        if !is_worded {
            return Ok((
                problem_response(&Problem::of_status(status), request_id),
                Effects::default(),
            ));
        }
    }
    let headers = response.headers().iter().filter_map(|(name, value)| {
        value
            .to_str()
            .ok()
            .map(|value| (name.as_str().to_owned(), value.to_owned()))
    });
    let effects = effects.unwrap_or_default();
    let head = ResponseHead {
        status: status.as_u16(),
        headers: headers.collect(),
        blob: effects.blob.clone(),
        continuation: effects.continuation.clone(),
    };
    let body = match response.into_body().try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => body::to_bytes(body)
            .await
            .map_err(|_| Problem::new(ProblemKind::Internal, "the answer broke off"))?,
    };
    Ok((Response { head, body }, effects))
}

/// A problem as a frame, named after the request.
pub fn problem_response(problem: &Problem, request_id: &str) -> Response {
    let mut headers = vec![(
        "content-type".to_owned(),
        "application/problem+json".to_owned(),
    )];
    headers.extend(
        problem
            .headers()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    let body = Bytes::from(problem.body(&format!("urn:switchboard:request:{request_id}")));
    Response {
        head: ResponseHead {
            status: problem.status().as_u16(),
            headers,
            blob: None,
            continuation: None,
        },
        body,
    }
}
