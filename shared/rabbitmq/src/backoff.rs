use std::time::Duration;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// Doubling pauses between attempts, from 50 ms to 2 s.
pub struct Backoff {
    failures: u32,
    next_attempt: Instant,
}

impl Backoff {
    pub fn new() -> Self {
        Self {
            failures: 0,
            next_attempt: Instant::now(),
        }
    }

    pub fn failed(&mut self) {
        let pause = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.next_attempt = Instant::now() + pause;
    }

    pub fn succeeded(&mut self) {
        *self = Self::new();
    }

    pub fn must_wait(&self) -> bool {
        Instant::now() < self.next_attempt
    }

    pub async fn pause(&self) {
        tokio::time::sleep_until(self.next_attempt).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, LONGEST};
    use tokio::time::Instant;

    #[test]
    fn pauses_grow_to_a_bound_and_start_over_after_success() {
        let mut backoff = Backoff::new();
        for _ in 0..100 {
            backoff.failed();
        }
        assert!(backoff.must_wait());
        assert!(backoff.next_attempt <= Instant::now() + LONGEST);
        backoff.succeeded();
        assert!(!backoff.must_wait());
    }
}
