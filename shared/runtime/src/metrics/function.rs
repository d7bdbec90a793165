use crate::{metrics::SECONDS, service::Failure};
use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, BoundHistogram, Counter, Histogram, Meter},
};
use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// What makes a function run, in the conventions' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// A request for a route.
    Http,
    /// An event or a message.
    PubSub,
    /// A due item.
    Timer,
}

impl Trigger {
    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::PubSub => "pubsub",
            Self::Timer => "timer",
        }
    }
}

type Known = RwLock<HashMap<(&'static str, Trigger), Arc<Function>>>;

/// The instruments, and those of each function that has run so far.
pub struct Functions {
    duration: Histogram<f64>,
    delay: Histogram<f64>,
    throttles: Counter<u64>,
    errors: Counter<u64>,
    known: Arc<Known>,
}

/// Instruments bound to the function's attributes: recording looks nothing up and allocates nothing.
pub struct Function {
    attributes: [KeyValue; 2],
    duration: BoundHistogram<f64>,
    delay: BoundHistogram<f64>,
    throttles: BoundCounter<u64>,
    errors: Counter<u64>,
    active: AtomicI64,
}

impl Functions {
    pub fn new(meter: &Meter) -> Self {
        let known = Arc::new(Known::default());
        observe_active(meter, known.clone());
        Self {
            duration: meter
                .f64_histogram("faas.invoke_duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description("Time that one run of a function took, its commit included")
                .build(),
            delay: meter
                .f64_histogram("switchboard.function.delay")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description("Time from when work could have been begun until it was")
                .build(),
            throttles: meter
                .u64_counter("switchboard.function.throttles")
                .with_unit("{throttle}")
                .with_description("Work that had to wait since as much was being done as may be")
                .build(),
            errors: meter
                .u64_counter("faas.errors")
                .with_unit("{error}")
                .with_description("Runs of a function that failed")
                .build(),
            known,
        }
    }

    pub fn get(&self, service: &'static str, trigger: Trigger) -> Arc<Function> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = known.get(&(service, trigger)) {
            return function.clone();
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let function = known.entry((service, trigger));
        function
            .or_insert_with(|| Arc::new(self.bind(service, trigger)))
            .clone()
    }

    fn bind(&self, service: &'static str, trigger: Trigger) -> Function {
        let attributes = [
            KeyValue::new("faas.name", service),
            KeyValue::new("faas.trigger", trigger.name()),
        ];
        Function {
            duration: self.duration.bind(&attributes),
            delay: self.delay.bind(&attributes),
            throttles: self.throttles.bind(&attributes),
            errors: self.errors.clone(),
            active: AtomicI64::default(),
            attributes,
        }
    }
}

fn observe_active(meter: &Meter, known: Arc<Known>) {
    meter
        .i64_observable_up_down_counter("switchboard.function.active")
        .with_unit("{invocation}")
        .with_description("Runs of a function in progress")
        .with_callback(move |observer| {
            let known = known.read().unwrap_or_else(PoisonError::into_inner);
            for function in known.values() {
                observer.observe(
                    function.active.load(Ordering::Relaxed),
                    &function.attributes,
                );
            }
        })
        .build();
}

impl Function {
    pub fn waited(&self, delay: Duration) {
        self.delay.record(delay.as_secs_f64());
    }

    pub fn throttled(&self) {
        self.throttles.add(1);
    }
}

/// A function at work. Dropped before its end was told, it was broken off: by its deadline, a stop or a panic.
pub struct Running {
    function: Arc<Function>,
    started: Instant,
    /// An `error.type`.
    error: Option<Cow<'static, str>>,
}

impl Running {
    pub fn new(function: Arc<Function>) -> Self {
        function.active.fetch_add(1, Ordering::Relaxed);
        Self {
            function,
            started: Instant::now(),
            error: Some(Cow::Borrowed("aborted")),
        }
    }

    /// The handler has come to an end, its commit included.
    pub fn done<T>(mut self, result: &Result<T, Failure>) {
        self.error = result.as_ref().err().map(|failure| {
            Cow::Borrowed(match failure {
                Failure { outage: true, .. } => "outage",
                Failure {
                    retryable: true, ..
                } => "retryable",
                Failure { .. } => "permanent",
            })
        });
    }

    /// The route has answered. What the caller did wrong is no error of the function.
    pub fn answered(mut self, status: u16) {
        self.error = (status >= 500).then(|| Cow::Owned(status.to_string()));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let function = &self.function;
        function.active.fetch_sub(1, Ordering::Relaxed);
        function
            .duration
            .record(self.started.elapsed().as_secs_f64());
        if let Some(error) = self.error.take() {
            let [name, trigger] = function.attributes.clone();
            let attributes = [name, trigger, KeyValue::new("error.type", error)];
            function.errors.add(1, &attributes);
        }
    }
}

#[cfg(test)]
mod tests;
