//! When a failed delivery is tried again.

use actix_web::http::header::HttpDate;
use std::time::{Duration, SystemTime};

/// Receivers may ask for patience, but not for more than this.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The waits between attempts; when they are used up the delivery is dead.
#[derive(Debug, Clone)]
pub struct Schedule(Vec<Duration>);

impl Schedule {
    #[must_use]
    pub const fn new(delays: Vec<Duration>) -> Self {
        Self(delays)
    }

    /// How long to wait after that many failures in a row, never less than the receiver asked for; `None`: no more attempts.
    /// `jitter` is 0 to 1 and adds up to half of the delay, so that those who failed together come back apart.
    #[must_use]
    pub fn wait(&self, failures: u32, asked: Option<Duration>, jitter: f64) -> Option<Duration> {
        let index = usize::try_from(failures.checked_sub(1)?).ok()?;
        let delay = self.0.get(index)?;
        let asked = asked.unwrap_or_default().min(MAX_RETRY_AFTER);
        let extra = (*delay / 2).mul_f64(jitter.clamp(0.0, 1.0));
        Some(delay.saturating_add(extra).max(asked))
    }

    /// Longest time from a delivery's first attempt to its last by this schedule alone.
    #[must_use]
    pub fn span(&self) -> Duration {
        let delays = self
            .0
            .iter()
            .fold(Duration::ZERO, |sum, delay| sum.saturating_add(*delay));
        delays.saturating_add(delays / 2)
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds or a date. What is neither asks for nothing.
#[must_use]
pub fn retry_after(field: &str, now: SystemTime) -> Option<Duration> {
    let field = field.trim();
    if !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit()) {
        return Some(field.parse().map_or(MAX_RETRY_AFTER, Duration::from_secs));
    }
    let date: HttpDate = field.parse().ok()?;
    Some(
        SystemTime::from(date)
            .duration_since(now)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule() -> Schedule {
        Schedule::new([5, 300, 1_800].map(Duration::from_secs).to_vec())
    }

    #[test]
    fn delays_are_used_one_by_one_and_then_used_up() {
        let wait = |failures| schedule().wait(failures, None, 0.0);
        assert_eq!(wait(1), Some(Duration::from_secs(5)));
        assert_eq!(wait(3), Some(Duration::from_secs(1_800)));
        assert_eq!(wait(4), None);
        assert_eq!(wait(u32::MAX), None);
        assert_eq!(Schedule::new(vec![]).wait(1, None, 0.0), None);
        assert_eq!(schedule().wait(4, Some(Duration::from_secs(1)), 0.0), None);
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_700);
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now),
            Some(Duration::from_secs(77))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1983 08:49:37 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&"9".repeat(40), now), Some(MAX_RETRY_AFTER));
        for nothing in ["", "-1", "1.5", "soon"] {
            assert_eq!(retry_after(nothing, now), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn jitter_adds_at_most_half(failures in 1..=3u32, jitter in 0.0..=1.0f64) {
            let delay = schedule().wait(failures, None, 0.0).unwrap();
            let wait = schedule().wait(failures, None, jitter).unwrap();
            prop_assert!(delay <= wait && wait <= delay + delay / 2);
        }

        #[test]
        fn never_earlier_than_asked_nor_later_than_a_day(asked: u32, jitter in 0.0..=1.0f64) {
            let asked = Duration::from_secs(asked.into());
            let wait = schedule().wait(1, Some(asked), jitter).unwrap();
            prop_assert!(wait >= asked.min(MAX_RETRY_AFTER) && wait <= MAX_RETRY_AFTER);
        }

        #[test]
        fn never_panics(field in "\\PC{0,40}", failures: u32, jitter: f64) {
            let _ = retry_after(&field, SystemTime::UNIX_EPOCH);
            let _ = Schedule::new(vec![Duration::MAX / 4; 2]).wait(failures, None, jitter);
        }
    }
}
