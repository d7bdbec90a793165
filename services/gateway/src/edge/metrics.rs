use opentelemetry::{KeyValue, global, metrics::Histogram};
use std::time::Duration;

/// Named by OpenTelemetry's conventions for HTTP servers.
pub struct Metrics {
    duration: Histogram<f64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let duration = global::meter("switchboard.gateway")
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_boundaries(runtime::SECONDS.to_vec())
            .with_description("Time from a request's arrival to its answer's head")
            .build();
        Self { duration }
    }
}

impl Metrics {
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = [
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        self.duration.record(took.as_secs_f64(), &labels);
    }
}
