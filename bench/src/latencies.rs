use anyhow::Context;
use hdrhistogram::Histogram;
use std::time::Duration;

/// Longest time that is told apart from longer ones, in microseconds.
const LONGEST: u64 = 120_000_000;
/// Three digits: values are right to a thousandth.
const DIGITS: u8 = 3;

/// Times of single operations, by microseconds.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    pub fn new() -> anyhow::Result<Self> {
        Histogram::new_with_bounds(1, LONGEST, DIGITS)
            .map(Self)
            .context("making a histogram")
    }

    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST);
        self.0.saturating_record(micros.max(1));
    }

    pub fn merge(&mut self, other: &Self) -> anyhow::Result<()> {
        self.0.add(&other.0).context("adding histograms")
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that a share of all did not exceed, for example 0.99.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(share))
    }

    #[must_use]
    pub fn longest(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_quantiles_and_the_longest() {
        let mut all = Latencies::new().unwrap();
        for milliseconds in 1..=100 {
            all.record(Duration::from_millis(milliseconds));
        }
        let near =
            |time: Duration, expected: f64| (time.as_secs_f64() * 1e3 - expected).abs() < 0.2;
        assert!(near(all.quantile(0.5), 50.0) && near(all.quantile(0.99), 99.0));
        assert!(near(all.longest(), 100.0));
    }

    #[test]
    fn endless_times_count_as_the_longest() {
        let mut all = Latencies::new().unwrap();
        all.record(Duration::MAX);
        assert_eq!(all.count(), 1);
    }
}
