//! How fast calls go, and from it how long to wait when all slots for them are taken.

use std::time::{Duration, Instant};

/// A wait that is expected to be longer is not begun on the spot: the call goes back to the store.
const WORTH_WAITING: Duration = Duration::from_secs(1);

/// A wait that has been begun ends at the latest after this, since expectations can be wrong.
pub const MAX_WAIT: Duration = Duration::from_secs(3);

/// What goes back returns no later than this, since what is slow may recover.
const MAX_AWAY: Duration = Duration::from_secs(60);
const MIN_AWAY: Duration = Duration::from_millis(250);

/// Taken before anything was observed.
const FIRST_GUESS: Duration = Duration::from_millis(10);

/// The recent speed of calls that share so many slots.
#[derive(Debug, Clone)]
pub struct Pace {
    slots: u32,
    latency: Duration,
    /// Calls that ended.
    ended: u64,
    /// Those who were sent away and have not had their turn by now, as a level that sinks at the present speed.
    away: f64,
    away_at: Instant,
}

impl Pace {
    #[must_use]
    pub fn new(slots: usize, now: Instant) -> Self {
        Self {
            slots: u32::try_from(slots).unwrap_or(u32::MAX).max(1),
            latency: FIRST_GUESS,
            ended: 0,
            away: 0.0,
            away_at: now,
        }
    }

    #[must_use]
    pub const fn ended(&self) -> u64 {
        self.ended
    }

    /// A call took so long.
    pub fn observe(&mut self, took: Duration) {
        self.ended += 1;
        self.blend(took);
    }

    /// Someone waited so long in vain. Calls that hang tell nothing until they end; if none has ended since the wait
    /// began, it tells in their place.
    pub fn observe_wait(&mut self, waited: Duration, ended_before: u64) {
        if self.ended == ended_before {
            self.blend(waited);
        }
    }

    /// Is it better to come back later than to wait behind so many others?
    #[must_use]
    pub fn is_crowded(&self, waiting: usize) -> bool {
        let turns = u32::try_from(waiting).unwrap_or(u32::MAX).saturating_add(1);
        self.turn().saturating_mul(turns) > WORTH_WAITING
    }

    /// When to come back: one behind the other at the present speed, so that they find a free slot and nobody polls.
    /// `jitter`, 0 to 1, spreads those for whom that would be too late.
    pub fn send_away(&mut self, now: Instant, jitter: f64) -> Duration {
        let turn = self.turn().as_secs_f64();
        let passed = now.saturating_duration_since(self.away_at).as_secs_f64();
        self.away = (self.away - passed / turn).max(0.0);
        self.away_at = now;
        let wait = MIN_AWAY.as_secs_f64() + (self.away + 1.0) * turn;
        if wait > MAX_AWAY.as_secs_f64() {
            return MAX_AWAY.mul_f64(f64::midpoint(1.0, jitter.clamp(0.0, 1.0)));
        }
        self.away += 1.0;
        Duration::from_secs_f64(wait)
    }

    /// A moving average over about eight calls.
    fn blend(&mut self, took: Duration) {
        self.latency = (self.latency * 7 + took) / 8;
    }

    /// The time from one free slot to the next.
    fn turn(&self) -> Duration {
        (self.latency / self.slots).max(Duration::from_micros(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settled(slots: usize, latency: Duration, now: Instant) -> Pace {
        let mut pace = Pace::new(slots, now);
        for _ in 0..200 {
            pace.observe(latency);
        }
        pace
    }

    #[test]
    fn fast_calls_are_waited_for_and_slow_ones_are_not() {
        let now = Instant::now();
        assert!(!settled(8, Duration::from_micros(500), now).is_crowded(5_000));
        assert!(settled(8, Duration::from_secs(15), now).is_crowded(0));
    }

    #[test]
    fn a_vain_wait_tells_only_while_nothing_ends() {
        let now = Instant::now();
        let mut pace = settled(1, Duration::from_millis(1), now);
        let before = pace.ended();
        pace.observe(Duration::from_millis(1));
        pace.observe_wait(MAX_WAIT, before);
        assert!(!pace.is_crowded(100));
        for _ in 0..20 {
            pace.observe_wait(MAX_WAIT, pace.ended());
        }
        assert!(pace.is_crowded(0));
    }

    #[test]
    fn those_sent_away_come_back_one_behind_the_other() {
        let now = Instant::now();
        let mut pace = settled(2, Duration::from_secs(4), now);
        let back: Vec<_> = (0..5).map(|_| pace.send_away(now, 0.0)).collect();
        for pair in back.windows(2) {
            let gap = pair[1] - pair[0];
            assert!(gap.abs_diff(Duration::from_secs(2)) < Duration::from_millis(10));
        }
    }

    #[test]
    fn what_recovers_is_not_waited_for_any_longer() {
        let now = Instant::now();
        let mut pace = settled(1, Duration::from_secs(10), now);
        let slow = (0..5).map(|_| pace.send_away(now, 0.0)).max();
        assert!(slow > Some(Duration::from_secs(40)));
        for _ in 0..200 {
            pace.observe(Duration::from_millis(1));
        }
        let later = now + Duration::from_secs(1);
        assert!(pace.send_away(later, 0.0) < Duration::from_millis(300));
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
