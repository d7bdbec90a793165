use actix_web::http::Method;
use opentelemetry::{
    KeyValue, global,
    metrics::{BoundHistogram, Counter, Histogram, Meter},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

/// Every other method is `_OTHER`, or callers could make up series without end.
const METHODS: [&str; 14] = [
    "GET",
    "POST",
    "PATCH",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "CONNECT",
    "TRACE",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "MKCOL",
    "_OTHER",
];

type Active = [AtomicI64; METHODS.len()];
/// By route, and there by method and status. It is bounded: routes come from the services' descriptions.
type Series = HashMap<String, HashMap<(usize, u16), BoundHistogram<f64>>>;

/// Named by OpenTelemetry's conventions for HTTP servers.
///
/// Each combination of attributes is bound to its series once, so that a request neither allocates nor hashes them.
pub struct Metrics {
    duration: Histogram<f64>,
    series: RwLock<Series>,
    active: Arc<Active>,
    broken: Counter<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("switchboard.gateway");
        let active = Arc::new(Active::default());
        observe_active(&meter, active.clone());
        let duration = meter
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_boundaries(runtime::SECONDS.to_vec())
            .with_description("Time from a request's arrival to its answer's head")
            .build();
        Self {
            duration,
            series: RwLock::default(),
            active,
            broken: meter
                .u64_counter("switchboard.answers.broken")
                .with_unit("{answer}")
                .with_description("Answers in several parts that broke off in the middle")
                .build(),
        }
    }
}

impl Metrics {
    /// A request has arrived.
    #[must_use]
    pub fn begin(&self, method: &Method) -> Running<'_> {
        let known = METHODS.iter().position(|name| *name == method.as_str());
        let method = known.unwrap_or(METHODS.len() - 1);
        self.active[method].fetch_add(1, Ordering::Relaxed);
        Running {
            metrics: self,
            method,
            started: Instant::now(),
        }
    }

    /// An answer has broken off after its head was sent; `route` is the path's template.
    pub fn broke_off(&self, route: &str) {
        let route = KeyValue::new("http.route", route.to_owned());
        self.broken.add(1, &[route]);
    }

    fn record(&self, method: usize, route: &str, status: u16, seconds: f64) {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(bound) = series.get(route).and_then(|of| of.get(&(method, status))) {
            return bound.record(seconds);
        }
        drop(series);
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let of_route = series.entry(route.to_owned()).or_default();
        let bound = of_route.entry((method, status));
        bound
            .or_insert_with(|| {
                self.duration
                    .bind(&attributes(METHODS[method], route, status))
            })
            .record(seconds);
    }
}

/// The server itself speaks plain HTTP, whatever stands in front of it.
fn scheme() -> KeyValue {
    KeyValue::new("url.scheme", "http")
}

fn attributes(method: &'static str, route: &str, status: u16) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.response.status_code", i64::from(status)),
        scheme(),
    ];
    if !route.is_empty() {
        attributes.push(KeyValue::new("http.route", route.to_owned()));
    }
    if status >= 500 {
        attributes.push(KeyValue::new("error.type", status.to_string()));
    }
    attributes
}

fn observe_active(meter: &Meter, active: Arc<Active>) {
    meter
        .i64_observable_up_down_counter("http.server.active_requests")
        .with_unit("{request}")
        .with_description("Requests that have arrived and are not answered yet")
        .with_callback(move |observer| {
            for (method, count) in METHODS.iter().zip(active.iter()) {
                let attributes = [KeyValue::new("http.request.method", *method), scheme()];
                observer.observe(count.load(Ordering::Relaxed), &attributes);
            }
        })
        .build();
}

/// A request being answered. Dropped without an answer, its caller has gone away.
pub struct Running<'a> {
    metrics: &'a Metrics,
    method: usize,
    started: Instant,
}

impl Running<'_> {
    /// The answer's head is there; `route` is the path's template, empty when none matched.
    pub fn answered(self, route: &str, status: u16) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.metrics.record(self.method, route, status, seconds);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.metrics.active[self.method].fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active(metrics: &Metrics, name: &str) -> i64 {
        let method = METHODS.iter().position(|known| *known == name);
        metrics.active[method.unwrap()].load(Ordering::Relaxed)
    }

    #[test]
    fn invented_methods_share_one_series_and_no_route_is_no_attribute() {
        let metrics = Metrics::default();
        for name in ["BREW", "brew", "get"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            let running = metrics.begin(&method);
            assert_eq!(active(&metrics, "_OTHER"), 1);
            running.answered("", 405);
        }
        assert_eq!(active(&metrics, "_OTHER"), 0);
        assert_eq!(metrics.series.read().unwrap()[""].len(), 1);
        let named = |attributes: &[KeyValue], key: &str| {
            attributes
                .iter()
                .any(|attribute| attribute.key.as_str() == key)
        };
        assert!(!named(&attributes("_OTHER", "", 405), "http.route"));
        assert!(!named(&attributes("GET", "/v1/keys", 404), "error.type"));
        assert!(named(&attributes("GET", "/v1/keys", 503), "error.type"));
    }

    #[test]
    fn a_caller_who_goes_away_is_no_longer_counted_as_active() {
        let metrics = Metrics::default();
        let running = metrics.begin(&Method::GET);
        assert_eq!(active(&metrics, "GET"), 1);
        drop(running);
        assert_eq!(active(&metrics, "GET"), 0);
        assert!(metrics.series.read().unwrap().is_empty());
    }
}
