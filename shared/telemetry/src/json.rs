//! The log for machines: one JSON object a line, flat, with the fields of the spans that it was written in.

use opentelemetry::{Context as Trace, trace::TraceContextExt};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::{fmt, io::Write};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    Layer,
    fmt::{
        MakeWriter,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context,
    registry::LookupSpan,
};

/// A layer that writes lines. Spans' fields are kept as values and are put into words only when a line needs them,
/// which for most requests is never.
pub struct Json<W>(W);

impl<W> Json<W> {
    pub const fn new(make_writer: W) -> Self {
        Self(make_writer)
    }
}

impl<S, W> Layer<S> for Json<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, ctx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, ctx: Context<'_, S>) {
        if let Some(span) = ctx.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut line = Fields::default();
        line.add("timestamp", now().into());
        line.add("level", event.metadata().level().as_str().into());
        line.add("target", event.metadata().target().into());
        event.record(&mut line);
        line.add_trace();
        for span in ctx.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.inherit(fields);
            }
        }
        let Ok(mut text) = serde_json::to_vec(&line) else {
            return;
        };
        text.push(b'\n');
        // Whoever cannot write the log has nowhere to say so.
        let _ = self.0.make_writer_for(event.metadata()).write_all(&text);
    }
}

fn now() -> String {
    let mut text = String::new();
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

/// In the order in which they came.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// A later value replaces an earlier one.
    fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    /// What is there already stays.
    fn add(&mut self, name: &'static str, value: Value) {
        if !self.0.iter().any(|(known, _)| *known == name) {
            self.0.push((name, value));
        }
    }

    /// Inner spans come first, so what is nearer to the event wins.
    fn inherit(&mut self, outer: &Self) {
        for (name, value) in &outer.0 {
            self.add(name, value.clone());
        }
    }

    /// Under the names that OpenTelemetry gives them in logs of other formats.
    fn add_trace(&mut self) {
        Trace::map_current(|trace| {
            let span = trace.span();
            let context = span.span_context();
            if context.is_valid() {
                self.add("trace_id", context.trace_id().to_string().into());
                self.add("span_id", context.span_id().to_string().into());
            }
        });
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // What steers the exporter says nothing to a reader.
        if !field.name().starts_with("otel.") {
            self.set(field.name(), format!("{value:?}").into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !field.name().starts_with("otel.") {
            self.set(field.name(), value.into());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests;
