use crate::domain::attempt::Verdict;
use opentelemetry::{KeyValue, global, metrics::Histogram};
use std::time::Duration;

/// How calls to endpoints go.
pub struct Metrics {
    attempts: Histogram<f64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let attempts = global::meter("switchboard")
            .f64_histogram("switchboard.webhook.duration")
            .with_unit("s")
            .with_description("Time that one attempt to deliver an event to a webhook took")
            .build();
        Self { attempts }
    }
}

impl Metrics {
    pub fn attempt(&self, verdict: &Verdict, took: Duration) {
        let outcome = match verdict {
            Verdict::Delivered => "delivered",
            Verdict::Retry { .. } => "retry",
            Verdict::Dead { .. } => "dead",
            Verdict::Gone => "gone",
        };
        self.attempts
            .record(took.as_secs_f64(), &[KeyValue::new("outcome", outcome)]);
    }
}
