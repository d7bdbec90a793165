//! Carries W3C trace context between the wire's text and the spans of this process.

use contracts::TraceParent;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Makes the span a child of what the text names, if it names anything.
pub fn continue_from(span: &Span, traceparent: Option<&str>) {
    if let Some(remote) = traceparent
        .and_then(TraceParent::parse)
        .and_then(|parent| span_context(&parent))
    {
        // Fails only when no exporter is installed, and then there is nothing to link.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
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
