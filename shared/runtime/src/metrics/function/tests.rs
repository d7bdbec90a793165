use super::*;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};

/// Functions, and what Prometheus sees of them.
struct Watched {
    functions: Functions,
    registry: Registry,
    _provider: SdkMeterProvider,
}

impl Watched {
    fn new() -> Self {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone());
        let provider = SdkMeterProvider::builder()
            .with_reader(exporter.build().unwrap())
            .build();
        Self {
            functions: Functions::new(&provider.meter("test")),
            registry,
            _provider: provider,
        }
    }

    fn run(&self, trigger: Trigger) -> Running {
        Running::new(self.functions.get("phonebook", trigger))
    }

    /// The value of the one series with all these labels.
    fn value(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let text = TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap();
        let mut series = text.lines().filter(|line| {
            line.starts_with(&format!("{name}{{"))
                && labels.iter().all(|label| line.contains(label))
        });
        let line = series.next()?;
        assert_eq!(series.next(), None, "{text}");
        line.rsplit(' ').next()?.parse().ok()
    }
}

#[test]
fn failures_are_told_apart_and_every_run_counts_once() {
    let watched = Watched::new();
    watched.run(Trigger::PubSub).done(&Ok(()));
    let outage = Failure {
        outage: true,
        ..Failure::retry("the store is away")
    };
    for failure in [outage, Failure::retry("later"), Failure::fatal("never")] {
        watched.run(Trigger::PubSub).done::<()>(&Err(failure));
    }
    drop(watched.run(Trigger::PubSub));
    let event = r#"faas_trigger="pubsub""#;
    assert_eq!(
        watched.value("faas_invoke_duration_seconds_count", &[event]),
        Some(5.0)
    );
    for error in ["outage", "retryable", "permanent", "aborted"] {
        let label = format!("error_type=\"{error}\"");
        let counted = watched.value("faas_errors_total", &[event, &label]);
        assert_eq!(counted, Some(1.0), "{error}");
    }
}

#[test]
fn what_callers_do_wrong_is_no_error() {
    let watched = Watched::new();
    for status in [201, 404, 429] {
        watched.run(Trigger::Http).answered(status);
    }
    assert_eq!(watched.value("faas_errors_total", &[]), None);
    watched.run(Trigger::Http).answered(503);
    let labels = [r#"faas_trigger="http""#, r#"error_type="503""#];
    assert_eq!(watched.value("faas_errors_total", &labels), Some(1.0));
}

#[test]
fn runs_in_progress_and_throttles_show() {
    let watched = Watched::new();
    let (name, due) = ("switchboard_function_active", r#"faas_trigger="timer""#);
    let (first, second) = (watched.run(Trigger::Timer), watched.run(Trigger::Timer));
    assert_eq!(watched.value(name, &[due]), Some(2.0));
    first.done(&Ok(()));
    drop(second);
    assert_eq!(watched.value(name, &[due]), Some(0.0));
    let throttles = "switchboard_function_throttles_total";
    assert_eq!(watched.value(throttles, &[due]), Some(0.0));
    watched
        .functions
        .get("phonebook", Trigger::Timer)
        .throttled();
    assert_eq!(watched.value(throttles, &[due]), Some(1.0));
}
