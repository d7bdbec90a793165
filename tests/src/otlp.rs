//! A collector: takes what our processes export over OTLP/HTTP, as protobuf, and remembers it.

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{self as metrics, metric::Data},
    resource::v1::Resource,
    trace::v1 as trace,
};
use prost::Message;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

const MAX_EXPORT: usize = 16 << 20;

pub type Attributes = BTreeMap<String, String>;

#[derive(Debug, Clone)]
pub struct Span {
    /// The exporting process's `service.name`.
    pub service: String,
    pub name: String,
    pub kind: trace::span::SpanKind,
    pub trace_id: String,
    pub span_id: String,
    /// Empty at the root.
    pub parent: String,
    pub failed: bool,
    pub attributes: Attributes,
}

#[derive(Debug, Clone)]
pub struct Metric {
    pub unit: String,
    /// As Prometheus calls it.
    pub kind: &'static str,
    pub points: Vec<Point>,
}

#[derive(Debug, Clone)]
pub struct Point {
    pub attributes: Attributes,
    /// A histogram's count.
    pub value: f64,
    /// Upper ends of a histogram's buckets.
    pub bounds: Vec<f64>,
}

type Metrics = BTreeMap<String, Metric>;

#[derive(Default)]
struct State {
    spans: Vec<Span>,
    /// The latest of each process.
    metrics: BTreeMap<String, Metrics>,
    bytes: Vec<u8>,
}

pub struct Collector {
    state: Arc<Mutex<State>>,
    server: ServerHandle,
    url: String,
}

impl Collector {
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let data = web::Data::from(state.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(MAX_EXPORT))
                .route("/v1/traces", web::post().to(take_spans))
                .route("/v1/metrics", web::post().to(take_metrics))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            state,
            server: handle,
            url,
        }
    }

    /// What makes a process export to here, and soon.
    #[must_use]
    pub fn environment(&self) -> Vec<(&str, &str)> {
        vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.url),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
        ]
    }

    /// Those of one trace, in the order of arrival.
    #[must_use]
    pub fn spans(&self, trace_id: &str) -> Vec<Span> {
        let state = self.state.lock().expect("the state");
        let of_trace = state.spans.iter().filter(|span| span.trace_id == trace_id);
        of_trace.cloned().collect()
    }

    /// The points of all processes together.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<Metric> {
        let state = self.state.lock().expect("the state");
        let mut found = state.metrics.values().filter_map(|all| all.get(name));
        let mut metric = found.next()?.clone();
        metric
            .points
            .extend(found.flat_map(|other| other.points.clone()));
        Some(metric)
    }

    #[must_use]
    pub fn metric_names(&self) -> Vec<String> {
        let state = self.state.lock().expect("the state");
        let mut names: Vec<_> = state.metrics.values().flat_map(BTreeMap::keys).collect();
        names.sort();
        names.dedup();
        names.into_iter().cloned().collect()
    }

    /// Everything that ever arrived, as it was sent.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.state.lock().expect("the state").bytes.clone()
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn take_spans(body: web::Bytes, state: web::Data<Mutex<State>>) -> HttpResponse {
    let Ok(export) = ExportTraceServiceRequest::decode(body.clone()) else {
        return HttpResponse::BadRequest().finish();
    };
    let mut state = state.lock().expect("the state");
    state.bytes.extend_from_slice(&body);
    for of_process in export.resource_spans {
        let service = service(of_process.resource.as_ref());
        let spans = of_process.scope_spans.into_iter().flat_map(|of| of.spans);
        state
            .spans
            .extend(spans.map(|span| read_span(&service, span)));
    }
    accepted()
}

async fn take_metrics(body: web::Bytes, state: web::Data<Mutex<State>>) -> HttpResponse {
    let Ok(export) = ExportMetricsServiceRequest::decode(body.clone()) else {
        return HttpResponse::BadRequest().finish();
    };
    let mut state = state.lock().expect("the state");
    state.bytes.extend_from_slice(&body);
    for of_process in export.resource_metrics {
        let mut all = Metrics::new();
        let metrics = of_process
            .scope_metrics
            .into_iter()
            .flat_map(|of| of.metrics);
        for metric in metrics {
            let (name, metric) = read_metric(metric);
            match all.get_mut(&name) {
                Some(known) => known.points.extend(metric.points),
                None => drop(all.insert(name, metric)),
            }
        }
        let service = service(of_process.resource.as_ref());
        state.metrics.insert(service, all);
    }
    accepted()
}

fn accepted() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/x-protobuf")
        .finish()
}

fn read_span(service: &str, span: trace::Span) -> Span {
    Span {
        service: service.to_owned(),
        kind: span.kind(),
        trace_id: hex(&span.trace_id),
        span_id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        failed: span
            .status
            .is_some_and(|status| status.code() == trace::status::StatusCode::Error),
        attributes: attributes(&span.attributes),
        name: span.name,
    }
}

fn read_metric(metric: metrics::Metric) -> (String, Metric) {
    let (kind, points) = match metric.data {
        Some(Data::Gauge(gauge)) => ("gauge", numbers(gauge.data_points)),
        Some(Data::Sum(sum)) if sum.is_monotonic => ("counter", numbers(sum.data_points)),
        Some(Data::Sum(sum)) => ("gauge", numbers(sum.data_points)),
        Some(Data::Histogram(histogram)) => {
            let points = histogram.data_points.into_iter().map(|point| Point {
                attributes: attributes(&point.attributes),
                value: point.count as f64,
                bounds: point.explicit_bounds,
            });
            ("histogram", points.collect())
        }
        other => panic!("{} is of an unexpected kind: {other:?}", metric.name),
    };
    let unit = metric.unit;
    (metric.name, Metric { unit, kind, points })
}

fn numbers(points: Vec<metrics::NumberDataPoint>) -> Vec<Point> {
    let point = |point: metrics::NumberDataPoint| Point {
        attributes: attributes(&point.attributes),
        value: match point.value {
            Some(metrics::number_data_point::Value::AsInt(number)) => number as f64,
            Some(metrics::number_data_point::Value::AsDouble(number)) => number,
            None => f64::NAN,
        },
        bounds: Vec::new(),
    };
    points.into_iter().map(point).collect()
}

fn service(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| attributes(&resource.attributes));
    let mut attributes = attributes.unwrap_or_default();
    attributes.remove("service.name").unwrap_or_default()
}

fn attributes(list: &[KeyValue]) -> Attributes {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|any| any.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    list.iter()
        .map(|pair| (pair.key.clone(), text(pair)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
