use crate::{http::Answer, latencies::Latencies};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// What one connection saw.
pub struct Tally {
    pub latencies: Latencies,
    pub errors: BTreeMap<String, u64>,
    /// When the last answer came.
    pub last: Option<Instant>,
}

impl Tally {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            latencies: Latencies::new()?,
            errors: BTreeMap::new(),
            last: None,
        })
    }

    pub fn add(&mut self, outcome: &anyhow::Result<Answer>, took: Duration, now: Instant) {
        self.last = Some(now);
        match outcome {
            Ok(answer) if (200..300).contains(&answer.status) => self.latencies.record(took),
            Ok(answer) => self.count(answer.status.to_string()),
            Err(_) => self.count("connection".to_owned()),
        }
    }

    /// Counts what went wrong.
    pub fn count(&mut self, what: String) {
        *self.errors.entry(what).or_default() += 1;
    }

    pub fn merge(&mut self, other: Self) -> anyhow::Result<()> {
        self.latencies.merge(&other.latencies)?;
        for (what, count) in other.errors {
            *self.errors.entry(what).or_default() += count;
        }
        self.last = self.last.max(other.last);
        Ok(())
    }
}
