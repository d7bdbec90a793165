//! The instruments of the runtime, named by OpenTelemetry's conventions where these have a name.
//!
//! To a platform for functions, a service is three functions: its routes, its event handler and its due handler.

mod backlog;
mod function;
mod queue;

pub use backlog::Backlog;
pub use function::{Running, Trigger};
pub use queue::Queue;

use backlog::Backlogs;
use function::Functions;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use ports::Timestamp;
use queue::Queues;
use std::time::Duration;

/// Buckets of durations in seconds, as OpenTelemetry's conventions advise for HTTP, and two below for what is fast.
pub const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

pub struct Metrics {
    functions: Functions,
    due: Backlogs,
    queues: Queues,
    /// Events that no relay of this process has published yet.
    pub outbox: Backlog,
    dead_letters: Counter<u64>,
    sent: Counter<u64>,
    relay_lag: Histogram<f64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("switchboard");
        let outbox = Backlogs::new(
            &meter,
            "switchboard.outbox.oldest.age",
            "Age of the oldest event that has not been published to every group that wants it",
        );
        Self {
            functions: Functions::new(&meter),
            due: Backlogs::new(
                &meter,
                "switchboard.due.oldest.age",
                "How late the most overdue of the items is that nobody has claimed yet",
            ),
            queues: Queues::new(&meter),
            outbox: outbox.add(&[]),
            dead_letters: meter
                .u64_counter("switchboard.dead_letters")
                .with_unit("{dead_letter}")
                .with_description("Work that was given up and put aside")
                .build(),
            sent: meter
                .u64_counter("messaging.client.sent.messages")
                .with_unit("{message}")
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
    /// From here until the value is used up or dropped, the function runs.
    #[must_use]
    pub fn begin(&self, service: &'static str, trigger: Trigger) -> Running {
        Running::new(self.functions.get(service, trigger))
    }

    /// Work whose time had come at `ripe` is being begun now.
    pub fn waited(&self, service: &'static str, trigger: Trigger, ripe: Timestamp) {
        let delay = Timestamp::now().since(ripe);
        self.functions.get(service, trigger).waited(delay);
    }

    /// Work has to wait because as much is being done as may be.
    pub fn throttled(&self, service: &'static str, trigger: Trigger) {
        self.functions.get(service, trigger).throttled();
    }

    /// The due items of one scope.
    #[must_use]
    pub fn due_backlog(&self, scope: &'static str) -> Backlog {
        self.due.add(&[KeyValue::new("switchboard.scope", scope)])
    }

    /// What waits for a consumer group that this process takes part in.
    #[must_use]
    pub fn queue(&self, group: &'static str) -> Queue {
        self.queues.add(group)
    }

    pub fn dead_letter(&self, service: &'static str, kind: &'static str) {
        let attributes = [
            KeyValue::new("faas.name", service),
            KeyValue::new("switchboard.dead_letter.kind", kind),
        ];
        self.dead_letters.add(1, &attributes);
    }

    pub fn relayed(&self, group: &str, events: usize, lag: Duration) {
        let attributes = [
            KeyValue::new("messaging.system", "switchboard"),
            KeyValue::new("messaging.operation.name", "send"),
            KeyValue::new("messaging.destination.name", group.to_owned()),
        ];
        self.sent.add(events as u64, &attributes);
        self.relay_lag.record(lag.as_secs_f64(), &attributes[2..]);
    }
}
