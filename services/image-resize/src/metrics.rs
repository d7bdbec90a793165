//! The instruments of the service.

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use std::time::Duration;

pub struct Metrics {
    pixels: Counter<u64>,
    duration: Histogram<f64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = global::meter("switchboard.image-resize");
        Self {
            pixels: meter
                .u64_counter("switchboard.image.pixels")
                .with_unit("{pixel}")
                .with_description("Pixels of the pictures that variants were made of")
                .build(),
            duration: meter
                .f64_histogram("switchboard.image.processing.duration")
                .with_unit("s")
                .with_boundaries(runtime::SECONDS.to_vec())
                .with_description("Time to decode a picture and to make its variants")
                .build(),
        }
    }
}

impl Metrics {
    /// `pixels` of the picture, when it could be decoded.
    pub fn developed(&self, pixels: Option<u64>, took: Duration) {
        let outcome = if pixels.is_some() { "ready" } else { "failed" };
        self.pixels.add(pixels.unwrap_or_default(), &[]);
        let attributes = [KeyValue::new("switchboard.outcome", outcome)];
        self.duration.record(took.as_secs_f64(), &attributes);
    }
}
