//! How long the service itself took, from its histogram in Prometheus' text format.

use std::time::Duration;

const NAME: &str = "faas_invoke_duration_seconds_";
/// Of the routes of contacts; everything else is left out.
const LABELS: [&str; 2] = ["faas_name=\"phonebook\"", "faas_trigger=\"http\""];

/// Requests of the phonebook's routes, their commit included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Served {
    count: f64,
    /// Seconds.
    sum: f64,
    /// Bounds in seconds, and how many took no longer; rising.
    buckets: Vec<(f64, f64)>,
}

impl Served {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut served = Self::default();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix(NAME)
                && LABELS.iter().all(|label| rest.contains(label))
            {
                served.add(rest);
            }
        }
        served
    }

    fn add(&mut self, rest: &str) -> Option<()> {
        let (head, value) = rest.rsplit_once(' ')?;
        let value: f64 = value.parse().ok()?;
        match head.split_once('{')?.0 {
            "count" => self.count = value,
            "sum" => self.sum = value,
            "bucket" => {
                let (_, bound) = head.split_once("le=\"")?;
                let bound = bound.split_once('"')?.0.parse().ok()?;
                self.buckets.push((bound, value));
            }
            _ => {}
        }
        Some(())
    }

    /// What came after an earlier look.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let earlier = |bound: f64| {
            let bucket = before.buckets.iter().find(|(other, _)| *other == bound);
            bucket.map_or(0.0, |(_, count)| *count)
        };
        let buckets = self.buckets.iter();
        Self {
            count: self.count - before.count,
            sum: self.sum - before.sum,
            buckets: buckets
                .map(|(bound, count)| (*bound, count - earlier(*bound)))
                .collect(),
        }
    }

    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.sum / self.count).ok()
    }

    /// The smallest bound of a bucket within which this share of all lies, in milliseconds.
    #[must_use]
    pub fn within(&self, share: f64) -> Option<f64> {
        let enough = self.count * share;
        let bucket = self.buckets.iter().find(|(_, count)| *count >= enough);
        bucket
            .filter(|_| self.count > 0.0)
            .map(|(bound, _)| bound * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(fast: u64, slow: u64) -> String {
        let line = |what: &str, more: &str, value: u64| {
            format!("{NAME}{what}{{faas_name=\"phonebook\",faas_trigger=\"http\"{more}}} {value}\n")
        };
        [
            line("bucket", ",le=\"0.001\"", fast),
            line("bucket", ",le=\"0.01\"", fast + slow),
            line("bucket", ",le=\"+Inf\"", fast + slow),
            line("sum", "", (fast + slow) * 2),
            line("count", "", fast + slow),
            format!("{NAME}count{{faas_name=\"gateway\",faas_trigger=\"http\"}} 7\n"),
        ]
        .concat()
    }

    #[test]
    fn tells_what_came_between_two_looks() {
        let between = Served::parse(&text(100, 2)).since(&Served::parse(&text(1, 1)));
        assert_eq!(between.mean(), Some(Duration::from_secs(2)));
        assert_eq!(
            (between.within(0.99), between.within(1.0)),
            (Some(1.0), Some(10.0))
        );
    }

    #[test]
    fn nothing_has_no_times() {
        let nothing = Served::parse(&text(5, 0)).since(&Served::parse(&text(5, 0)));
        assert_eq!((nothing.mean(), nothing.within(0.99)), (None, None));
    }

    proptest! {
        #[test]
        fn never_panics(noise in "[ -~\n]{0,80}", labels in any::<bool>()) {
            let labels = if labels { LABELS.join(",") } else { String::new() };
            let served = Served::parse(&format!("{NAME}bucket{{{labels}{noise}\n{noise}"));
            let _ = (served.mean(), served.within(0.5), served.since(&served));
        }
    }
}
