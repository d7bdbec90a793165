use crate::domain::attempt::Verdict;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use std::time::Duration;

/// How calls to endpoints go.
pub struct Metrics {
    attempts: Histogram<f64>,
    throttles: Counter<u64>,
    dead_letters: Counter<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("switchboard.notifier");
        let attempts = meter
            .f64_histogram("switchboard.webhook.duration")
            .with_unit("s")
            .with_boundaries(runtime::SECONDS.to_vec())
            .with_description("Time that one attempt to deliver an event to a webhook took")
            .build();
        let throttles = meter
            .u64_counter("switchboard.webhook.throttles")
            .with_unit("{throttle}")
            .with_description("Attempts put off since an endpoint had enough to do")
            .build();
        // The runtime counts the dead letters that it makes under the same name.
        let dead_letters = meter
            .u64_counter("switchboard.dead_letters")
            .with_unit("{dead_letter}")
            .with_description("Work that was given up and put aside")
            .build();
        throttles.add(0, &[]); // so that it is there before the first
        Self {
            attempts,
            throttles,
            dead_letters,
        }
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
        let attributes = [KeyValue::new("switchboard.outcome", outcome)];
        self.attempts.record(took.as_secs_f64(), &attributes);
    }

    pub fn put_off(&self) {
        self.throttles.add(1, &[]);
    }

    pub fn dead_letter(&self) {
        let attributes = [
            KeyValue::new("faas.name", crate::domain::keys::SCOPE),
            KeyValue::new("switchboard.dead_letter.kind", "delivery"),
        ];
        self.dead_letters.add(1, &attributes);
    }
}
