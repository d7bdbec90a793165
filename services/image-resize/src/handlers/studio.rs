//! Where pictures are decoded and encoded: threads of their own, a bounded number at once.

use crate::{
    domain::{self, ImageError, Limits, Preset, Rendered, Request},
    metrics::Metrics,
    presets,
};
use runtime::Failure;
use std::{sync::Arc, time::Instant};
use tokio::{sync::Semaphore, task};

pub struct Studio {
    limits: Limits,
    slots: Arc<Semaphore>,
    metrics: Metrics,
}

/// What became of a picture.
#[derive(Debug)]
pub enum Developed {
    Made(Rendered),
    /// It cannot be used; the text tells its owner why.
    Spoiled(String),
}

impl Developed {
    fn pixels(&self) -> Option<u64> {
        match self {
            Self::Made(made) => Some(u64::from(made.header.width) * u64::from(made.header.height)),
            Self::Spoiled(_) => None,
        }
    }
}

impl Studio {
    #[must_use]
    pub fn new(limits: Limits, slots: usize) -> Self {
        Self {
            limits,
            slots: Arc::new(Semaphore::new(slots)),
            metrics: Metrics::default(),
        }
    }

    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Waits for a free slot, then renders. The slot is held by the work itself, so it stays taken when the waiting
    /// task is dropped.
    pub async fn develop(
        &self,
        original: Vec<u8>,
        presets: &[String],
    ) -> Result<Developed, Failure> {
        let slot = self.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|e| Failure::retry(e.to_string()))?;
        let (limits, presets) = (self.limits, presets::named(presets));
        let started = Instant::now();
        let rendering = task::spawn_blocking(move || {
            let rendered = render(&original, &presets, &limits);
            drop(slot);
            rendered
        });
        let developed = match rendering.await {
            Ok(Ok(rendered)) => Developed::Made(rendered),
            Ok(Err(error)) => Developed::Spoiled(error.to_string()),
            Err(error) if error.is_panic() => {
                // The same bytes would do it again.
                tracing::error!(%error, "a decoder panicked");
                Developed::Spoiled("the picture could not be decoded".to_owned())
            }
            Err(error) => return Err(Failure::retry(error.to_string())),
        };
        self.metrics
            .developed(developed.pixels(), started.elapsed());
        Ok(developed)
    }
}

/// In every format that clients may ask for.
fn render(bytes: &[u8], presets: &[Preset], limits: &Limits) -> Result<Rendered, ImageError> {
    let header = domain::probe(bytes, limits)?;
    let formats = domain::formats_for(&header);
    let requests: Vec<_> = presets
        .iter()
        .map(|preset| Request {
            name: preset.name,
            form: &preset.form,
            formats,
        })
        .collect();
    domain::render(bytes, &requests, limits)
}
