use rand::RngExt;
use std::time::Duration;

/// Exponential delays with full jitter, so that many who failed together do not come back together.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    attempts: u32,
}

impl Backoff {
    #[must_use]
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self {
            first,
            most,
            attempts: 0,
        }
    }

    /// The delay before the given attempt, counted from 0: between half and all of `first` · 2ⁿ, at most `most`.
    #[must_use]
    pub fn delay(&self, attempt: u32) -> Duration {
        let full = self
            .first
            .saturating_mul(1 << attempt.min(20))
            .min(self.most);
        full.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// The next delay of a series.
    pub fn step(&mut self) -> Duration {
        let delay = self.delay(self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn delays_double_up_to_the_most() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let backoff = Backoff::new(first, most);
        for (attempt, full) in [
            (0, 100),
            (1, 200),
            (2, 400),
            (3, 800),
            (4, 1000),
            (90, 1000),
        ] {
            let delay = backoff.delay(attempt).as_millis();
            assert!(
                (full / 2..=full).contains(&delay),
                "attempt {attempt}: {delay} ms"
            );
        }
    }
}
