//! Carries W3C trace context between the wire's text and the spans of this process.

use contracts::TraceParent;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use ports::{Batch, Result, Store, Tenant, store::Committed};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Makes the span a child of what the text names, if it names anything. A span whose log lines should tell the trace
/// even without an exporter declares the field `trace_id`.
pub fn continue_from(span: &Span, traceparent: Option<&str>) {
    let Some(parent) = traceparent.and_then(TraceParent::parse) else {
        return;
    };
    let Some(remote) = span_context(&parent) else {
        return;
    };
    let context = Context::new().with_remote_span_context(remote);
    if span.set_parent(context).is_err() {
        // No exporter is installed, so there is nothing to link.
        span.record("trace_id", parent.trace_id);
    }
}

/// The text for what this span causes; without an exporter, the cause's own text is passed on.
#[must_use]
pub fn traceparent(span: &Span, incoming: Option<&str>) -> Option<String> {
    let context = span.context();
    let own = context.span().span_context().clone();
    if own.is_valid() {
        let parent = TraceParent {
            trace_id: own.trace_id().to_string(),
            span_id: own.span_id().to_string(),
            sampled: own.is_sampled(),
        };
        return Some(parent.to_string());
    }
    incoming
        .filter(|text| TraceParent::parse(text).is_some())
        .map(str::to_owned)
}

/// Names a span that has begun by what was learnt since. A field cannot do it: names are read at the beginning.
pub fn rename(span: &Span, name: impl FnOnce() -> String) {
    let context = span.context();
    let span = context.span();
    if span.is_recording() {
        span.update_name(name());
    }
}

/// Marks the span as one whose work failed.
pub fn failed(span: &Span) {
    span.context().span().set_status(Status::error(""));
}

/// A commit as a span of its own.
pub async fn commit(store: &dyn Store, tenant: &Tenant, batch: Batch) -> Result<Committed> {
    let span = tracing::info_span!(
        "commit",
        otel.kind = "client",
        writes = batch.puts.len() + batch.deletes.len(),
        events = batch.events.len()
    );
    store.commit(tenant, batch).instrument(span).await
}

fn span_context(parent: &TraceParent) -> Option<SpanContext> {
    let trace_id = TraceId::from_hex(&parent.trace_id).ok()?;
    let span_id = SpanId::from_hex(&parent.span_id).ok()?;
    let flags = if parent.sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    Some(SpanContext::new(
        trace_id,
        span_id,
        flags,
        true,
        TraceState::default(),
    ))
}
