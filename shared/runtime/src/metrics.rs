//! The instruments of the runtime: what a function platform shows for a function.

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use std::time::Duration;

/// Buckets of durations in seconds, as OpenTelemetry's conventions advise for HTTP.
pub const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

pub struct Metrics {
    requests: Histogram<f64>,
    handled: Histogram<f64>,
    failures: Counter<u64>,
    dead_letters: Counter<u64>,
    relayed: Counter<u64>,
    relay_lag: Histogram<f64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("switchboard");
        Self {
            requests: meter
                .f64_histogram("switchboard.service.request.duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description("Time from a request's arrival at a service to its answer")
                .build(),
            handled: meter
                .f64_histogram("switchboard.handler.duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description(
                    "Time that one run of an event or due handler took, its commit included",
                )
                .build(),
            failures: meter
                .u64_counter("switchboard.handler.failures")
                .with_description("Runs of handlers that failed")
                .build(),
            dead_letters: meter
                .u64_counter("switchboard.dead_letters")
                .with_description("Work that was given up and put aside")
                .build(),
            relayed: meter
                .u64_counter("switchboard.relay.events")
                .with_description("Events published to consumer groups")
                .build(),
            relay_lag: meter
                .f64_histogram("switchboard.relay.lag")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description("Age of the oldest event of a batch when it was published")
                .build(),
        }
    }
}

impl Metrics {
    pub fn request(&self, service: &'static str, status: u16, took: Duration) {
        let labels = [
            KeyValue::new("service", service),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        self.requests.record(took.as_secs_f64(), &labels);
    }

    pub fn handled(&self, service: &'static str, kind: &'static str, ok: bool, took: Duration) {
        let labels = [
            KeyValue::new("service", service),
            KeyValue::new("kind", kind),
        ];
        self.handled.record(took.as_secs_f64(), &labels);
        if !ok {
            self.failures.add(1, &labels);
        }
    }

    pub fn dead_letter(&self, service: &'static str) {
        self.dead_letters
            .add(1, &[KeyValue::new("service", service)]);
    }

    pub fn relayed(&self, group: &str, events: usize, lag: Duration) {
        let labels = [KeyValue::new("group", group.to_owned())];
        self.relayed.add(events as u64, &labels);
        self.relay_lag.record(lag.as_secs_f64(), &labels);
    }
}
