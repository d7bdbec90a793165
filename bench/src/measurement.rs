use crate::{
    latencies::Latencies,
    table::{milliseconds, rate},
    usage::Usage,
};
use std::{collections::BTreeMap, fmt, time::Duration};

/// What a run found.
#[derive(Debug, Clone)]
pub struct Measurement {
    pub scenario: String,
    /// What is counted, for example `requests`.
    pub unit: &'static str,
    pub elapsed: Duration,
    /// Of what succeeded.
    pub latencies: Latencies,
    /// How often each thing went wrong: a status, or a broken connection.
    pub errors: BTreeMap<String, u64>,
    pub usage: Vec<Usage>,
    /// What else the reader should know.
    pub note: Option<String>,
}

impl Measurement {
    /// Successes a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.latencies.count() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Processor time of all watched processes.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        self.usage.iter().map(|usage| usage.cpu).sum()
    }

    /// Errors as `503: 12, 429: 1`, or `none`.
    #[must_use]
    pub fn errors(&self) -> String {
        let each: Vec<_> = self
            .errors
            .iter()
            .map(|(what, count)| format!("{what}: {count}"))
            .collect();
        if each.is_empty() {
            "none".to_owned()
        } else {
            each.join(", ")
        }
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scenario,
            unit,
            latencies,
            ..
        } = self;
        writeln!(
            f,
            "{scenario}: {} {unit} in {:.2} s, {} a second",
            latencies.count(),
            self.elapsed.as_secs_f64(),
            rate(self.per_second())
        )?;
        writeln!(
            f,
            "  latency  p50 {} ms, p99 {} ms, max {} ms",
            milliseconds(latencies.quantile(0.5)),
            milliseconds(latencies.quantile(0.99)),
            milliseconds(latencies.longest())
        )?;
        writeln!(f, "  errors   {}", self.errors())?;
        for usage in &self.usage {
            writeln!(f, "  {usage}")?;
        }
        self.note
            .iter()
            .try_for_each(|note| writeln!(f, "  {note}"))
    }
}
