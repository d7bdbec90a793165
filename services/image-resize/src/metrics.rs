//! The instruments of the service.

use crate::studio::Work;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram, UpDownCounter},
};
use std::time::Duration;

pub struct Metrics {
    pixels: Counter<u64>,
    duration: Histogram<f64>,
    waiting: UpDownCounter<i64>,
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
            waiting: meter
                .i64_up_down_counter("switchboard.image.waiting")
                .with_unit("{picture}")
                .with_description("Pictures that wait for a free place to be worked on")
                .build(),
        }
    }
}

impl Metrics {
    /// `pixels` of the picture, when it could be decoded.
    pub fn developed(&self, work: Work, pixels: Option<u64>, took: Duration) {
        let outcome = if pixels.is_some() { "ready" } else { "failed" };
        self.pixels.add(pixels.unwrap_or_default(), &[of(work)]);
        let attributes = [KeyValue::new("switchboard.outcome", outcome), of(work)];
        self.duration.record(took.as_secs_f64(), &attributes);
    }

    pub fn waiting(&self, work: Work, change: i64) {
        self.waiting.add(change, &[of(work)]);
    }
}

fn of(work: Work) -> KeyValue {
    KeyValue::new("switchboard.image.work", work.name())
}
