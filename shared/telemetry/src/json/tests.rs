use super::*;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing::field::Empty;
use tracing_subscriber::{Registry, layer::SubscriberExt};

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn written(work: impl FnOnce()) -> Vec<Value> {
    let paper = Paper::default();
    let writer = paper.clone();
    let subscriber = Registry::default().with(Json::new(move || writer.clone()));
    tracing::subscriber::with_default(subscriber, work);
    paper.lines()
}

#[test]
fn a_line_is_flat_and_has_the_fields_of_its_spans() {
    let lines = written(|| {
        let outer =
            tracing::info_span!("outer", otel.kind = "server", service = "a", status = Empty);
        outer.record("status", 204);
        let _outer = outer.enter();
        let _inner = tracing::info_span!("inner", service = "b", key = "k").entered();
        let cause = io::Error::other("no\nluck");
        tracing::warn!(key = "nearest", error = %cause, tries = 3_u32, "it \"failed\"");
    });
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["message"], "it \"failed\"");
    assert_eq!(line["error"], "no\nluck");
    assert_eq!(line["tries"], 3);
    assert_eq!(line["key"], "nearest");
    assert_eq!(line["service"], "b", "what is nearer wins");
    assert_eq!(line["status"], 204, "what was recorded later is there");
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(line["target"].is_string());
    assert!(line.get("otel.kind").is_none());
    assert!(line.get("trace_id").is_none(), "there is no trace");
}

#[test]
fn a_line_names_its_trace() {
    let paper = Paper::default();
    let writer = paper.clone();
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let subscriber = Registry::default()
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(Json::new(move || writer.clone()));
    tracing::subscriber::with_default(subscriber, || {
        let _span = tracing::info_span!("work").entered();
        tracing::info!("one");
        tracing::info!("two");
    });
    let lines = paper.lines();
    let hex = |name: &str| lines[0][name].as_str().unwrap().to_owned();
    assert_eq!((hex("trace_id").len(), hex("span_id").len()), (32, 16));
    assert_eq!(lines[0]["trace_id"], lines[1]["trace_id"]);
}

#[test]
fn without_an_exporter_the_span_itself_tells_the_trace() {
    let lines = written(|| {
        let span = tracing::info_span!("request", trace_id = Empty);
        span.record("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
        let _span = span.entered();
        tracing::info!("here");
    });
    assert_eq!(lines[0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}
