//! Logs as JSON on standard error, traces and metrics over OTLP (HTTP), metrics for Prometheus.
//!
//! Configured by the standard variables: `OTEL_EXPORTER_OTLP_ENDPOINT` turns the exporters on, or one of them by
//! `…_TRACES_ENDPOINT` or `…_METRICS_ENDPOINT`; `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` and
//! the rest are read by the SDK. `RUST_LOG` filters log and spans.

mod json;

use json::Json;
use opentelemetry::{KeyValue, global, trace::TracerProvider};
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::SdkTracerProvider,
};
use prometheus::{Encoder, Registry, TextEncoder};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("telemetry: the OTLP exporter cannot be built; check the OTEL_… variables: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("telemetry: the Prometheus exporter cannot be built: {0}")]
    Prometheus(String),
    #[error("telemetry: another log is already installed: {0}")]
    Subscriber(#[from] tracing_subscriber::util::TryInitError),
}

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    Json,
    /// For people at a terminal.
    Text,
}

/// Keeps the exporters; [`Telemetry::shutdown`] flushes them.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: SdkMeterProvider,
    registry: Registry,
}

/// Installs everything for this process.
pub fn init(service: &'static str, log: Log) -> Result<Telemetry, Error> {
    let resource = Resource::builder()
        .with_service_name(
            std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| service.to_owned()),
        )
        .with_attribute(KeyValue::new("service.namespace", "switchboard"))
        .build();
    let traces = exporting("TRACES")
        .then(|| traces(resource.clone()))
        .transpose()?;
    let registry = Registry::new();
    let metrics = metrics(resource, &registry)?;
    global::set_meter_provider(metrics.clone());

    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new(
            "info,lapin=warn,lapin::channel=off,lapin::returned_messages=off,opentelemetry=warn,opentelemetry_sdk=warn,actix_server=warn,actix_web=warn",
        )
    });
    let lines = match log {
        Log::Json => Json::new(std::io::stderr).boxed(),
        Log::Text => tracing_subscriber::fmt::layer()
            .compact()
            .with_target(false)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    let spans = traces
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("switchboard")));
    tracing_subscriber::registry()
        .with(filter)
        .with(spans)
        .with(lines)
        .try_init()?;
    Ok(Telemetry {
        traces,
        metrics,
        registry,
    })
}

/// Whether the spans, or the metrics, are to be sent anywhere.
fn exporting(signal: &str) -> bool {
    let specific = format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
    ["OTEL_EXPORTER_OTLP_ENDPOINT", &specific]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn traces(resource: Resource) -> Result<SdkTracerProvider, Error> {
    let exporter = SpanExporter::builder().with_http().build()?;
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build())
}

fn metrics(resource: Resource, registry: &Registry) -> Result<SdkMeterProvider, Error> {
    let prometheus = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .map_err(|e| Error::Prometheus(e.to_string()))?;
    let mut provider = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(prometheus);
    if exporting("METRICS") {
        provider = provider.with_reader(
            PeriodicReader::builder(MetricExporter::builder().with_http().build()?).build(),
        );
    }
    Ok(provider.build())
}

impl Telemetry {
    /// A function that renders the metrics in Prometheus' text format.
    pub fn render(&self) -> impl Fn() -> String + Send + Sync + 'static {
        let registry = self.registry.clone();
        move || {
            let mut text = Vec::new();
            if let Err(error) = TextEncoder::new().encode(&registry.gather(), &mut text) {
                tracing::error!(%error, "the metrics could not be rendered");
            }
            String::from_utf8(text).unwrap_or_default()
        }
    }

    /// Sends what is still waiting to be sent.
    pub fn shutdown(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown()
        {
            tracing::warn!(%error, "the last spans could not be sent");
        }
        if let Err(error) = self.metrics.shutdown() {
            tracing::warn!(%error, "the last metrics could not be sent");
        }
    }
}
