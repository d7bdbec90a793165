use opentelemetry::{KeyValue, metrics::Meter};
use ports::{SHARDS, Shard, Timestamp};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Since when work has been waiting, for each shard that this process looks after. Kept as a moment, not as an age, so
/// that it gets worse by itself when nobody comes.
#[derive(Clone)]
pub struct Backlog(Arc<[AtomicU64]>);

impl Backlog {
    fn new() -> Self {
        Self((0..SHARDS).map(|_| AtomicU64::default()).collect())
    }

    pub fn waiting_since(&self, shard: Shard, since: Timestamp) {
        self.set(shard, since.as_micros().max(1));
    }

    /// Nothing waits in the shard, or it is no longer ours.
    pub fn clear(&self, shard: Shard) {
        self.set(shard, 0);
    }

    fn set(&self, shard: Shard, micros: u64) {
        if let Some(slot) = self.0.get(usize::from(shard.0)) {
            slot.store(micros, Ordering::Relaxed);
        }
    }

    fn age(&self, now: Timestamp) -> Duration {
        let waiting = self.0.iter().map(|slot| slot.load(Ordering::Relaxed));
        let oldest = waiting.filter(|micros| *micros > 0).min();
        oldest.map_or(Duration::ZERO, |micros| now.since(Timestamp(micros)))
    }
}

/// Several of them behind one gauge, told apart by attributes.
pub struct Backlogs(Arc<Mutex<Known>>);

type Known = Vec<(Vec<KeyValue>, Backlog)>;

impl Backlogs {
    pub fn new(meter: &Meter, name: &'static str, description: &'static str) -> Self {
        let backlogs = Arc::new(Mutex::new(Known::new()));
        let observed = backlogs.clone();
        meter
            .f64_observable_gauge(name)
            .with_unit("s")
            .with_description(description)
            .with_callback(move |observer| {
                let now = Timestamp::now();
                let backlogs = observed.lock().unwrap_or_else(PoisonError::into_inner);
                for (attributes, backlog) in backlogs.iter() {
                    observer.observe(backlog.age(now).as_secs_f64(), attributes);
                }
            })
            .build();
        Self(backlogs)
    }

    pub fn add(&self, attributes: &[KeyValue]) -> Backlog {
        let backlog = Backlog::new();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((attributes.to_vec(), backlog.clone()));
        backlog
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_that_of_the_oldest_shard() {
        let (backlog, now) = (Backlog::new(), Timestamp(10_000_000));
        assert_eq!(backlog.age(now), Duration::ZERO);
        backlog.waiting_since(Shard(3), Timestamp(4_000_000));
        backlog.waiting_since(Shard(255), Timestamp(7_000_000));
        assert_eq!(backlog.age(now), Duration::from_secs(6));
        backlog.clear(Shard(3));
        assert_eq!(backlog.age(now), Duration::from_secs(3));
        backlog.waiting_since(Shard(255), Timestamp(11_000_000));
        assert_eq!(backlog.age(now), Duration::ZERO, "not due yet");
    }
}
