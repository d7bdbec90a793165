//! How fast an endpoint answers, and from it how long to wait for one that is busy.

use std::time::{Duration, Instant};

/// Worth waiting for on the spot; what would wait longer goes back to the store.
pub const MAX_WAIT: Duration = Duration::from_secs(1);

/// What goes back returns no later than this, since a slow endpoint may recover.
const MAX_AWAY: Duration = Duration::from_secs(60);
const MIN_AWAY: Duration = Duration::from_millis(250);

/// Taken for an endpoint that was never called.
const FIRST_GUESS: Duration = Duration::from_millis(10);

/// The recent speed of an endpoint with so many slots.
#[derive(Debug, Clone)]
pub struct Pace {
    slots: u32,
    latency: Duration,
    /// When those who were sent away so far will have had their turn.
    horizon: Instant,
}

impl Pace {
    #[must_use]
    pub fn new(slots: usize, now: Instant) -> Self {
        Self {
            slots: u32::try_from(slots).unwrap_or(u32::MAX).max(1),
            latency: FIRST_GUESS,
            horizon: now,
        }
    }

    /// A call took so long, or someone waited so long in vain: a moving average over about eight of them.
    pub fn observe(&mut self, took: Duration) {
        self.latency = (self.latency * 7 + took) / 8;
    }

    /// Time until a slot is free for one who comes behind so many others.
    #[must_use]
    pub fn expected_wait(&self, waiting: usize) -> Duration {
        let turns = u32::try_from(waiting).unwrap_or(u32::MAX).saturating_add(1);
        (self.latency / self.slots).saturating_mul(turns)
    }

    /// When to come back: one behind the other at the endpoint's speed, so that they find a free slot and nobody polls.
    /// `jitter`, 0 to 1, spreads those for whom that would be too late.
    pub fn send_away(&mut self, now: Instant, jitter: f64) -> Duration {
        let next = self.horizon.max(now + MIN_AWAY) + self.latency / self.slots;
        if next - now <= MAX_AWAY {
            self.horizon = next;
            return next - now;
        }
        MAX_AWAY.mul_f64((jitter.clamp(0.0, 1.0) + 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fast_endpoints_are_waited_for_and_slow_ones_are_not() {
        let mut pace = Pace::new(8, Instant::now());
        for _ in 0..50 {
            pace.observe(Duration::from_micros(500));
        }
        assert!(pace.expected_wait(5_000) < MAX_WAIT);
        for _ in 0..50 {
            pace.observe(Duration::from_secs(15));
        }
        assert!(pace.expected_wait(0) > MAX_WAIT);
    }

    #[test]
    fn those_sent_away_come_back_one_behind_the_other() {
        let now = Instant::now();
        let mut pace = Pace::new(2, now);
        for _ in 0..200 {
            pace.observe(Duration::from_secs(4));
        }
        let back: Vec<_> = (0..5).map(|_| pace.send_away(now, 0.0)).collect();
        for pair in back.windows(2) {
            let gap = pair[1] - pair[0];
            assert!(gap.abs_diff(Duration::from_secs(2)) < Duration::from_millis(10));
        }
    }

    proptest! {
        #[test]
        fn nobody_is_sent_away_for_nothing_or_for_ever(
            slots in 0..100usize, samples in prop::collection::vec(0..20_000u64, 0..40), jitter in 0.0..=1.0f64,
        ) {
            let now = Instant::now();
            let mut pace = Pace::new(slots, now);
            for millis in samples {
                pace.observe(Duration::from_millis(millis));
                let away = pace.send_away(now, jitter);
                prop_assert!(MIN_AWAY <= away && away <= MAX_AWAY);
            }
        }
    }
}
