use opentelemetry::{KeyValue, metrics::Meter};
use ports::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What waits for one consumer group, and what of it is in this process's hands.
#[derive(Clone)]
pub struct Queue(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Unknown while the bus does not tell.
    depth: Option<u64>,
    /// How many events in hand were committed at each moment.
    held: BTreeMap<Timestamp, u64>,
}

/// An event in hand, until this is dropped.
pub struct Held {
    queue: Queue,
    since: Timestamp,
}

impl Queue {
    fn new() -> Self {
        Self(Arc::default())
    }

    pub fn set_depth(&self, messages: Option<u64>) {
        self.state().depth = messages;
    }

    #[must_use]
    pub fn hold(&self, since: Timestamp) -> Held {
        *self.state().held.entry(since).or_default() += 1;
        let queue = self.clone();
        Held { queue, since }
    }

    fn depth(&self) -> Option<u64> {
        self.state().depth
    }

    fn in_hand(&self) -> u64 {
        self.state().held.values().sum()
    }

    /// A partition comes in order, so what is in hand is older than all that waits behind it.
    fn oldest_age(&self, now: Timestamp) -> Duration {
        let oldest = self.state().held.keys().next().copied();
        oldest.map_or(Duration::ZERO, |since| now.since(since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        if let Some(count) = state.held.get_mut(&self.since) {
            *count -= 1;
            if *count == 0 {
                state.held.remove(&self.since);
            }
        }
    }
}

type Known = Arc<Mutex<Vec<(KeyValue, Queue)>>>;

/// The gauges of all queues, told apart by the consumer group.
pub struct Queues(Known);

impl Queues {
    pub fn new(meter: &Meter) -> Self {
        let known = Known::default();
        let observed = known.clone();
        meter
            .u64_observable_gauge("switchboard.queue.depth")
            .with_unit("{message}")
            .with_description("Messages for a consumer group that no instance has been given")
            .with_callback(move |observer| {
                each(&observed, |group, queue| {
                    if let Some(depth) = queue.depth() {
                        observer.observe(depth, group);
                    }
                });
            })
            .build();
        let observed = known.clone();
        meter
            .u64_observable_gauge("switchboard.queue.in_hand")
            .with_unit("{event}")
            .with_description("Events that this process has been given and has not dealt with")
            .with_callback(move |observer| {
                each(&observed, |group, queue| {
                    observer.observe(queue.in_hand(), group);
                });
            })
            .build();
        let observed = known.clone();
        meter
            .f64_observable_gauge("switchboard.queue.oldest.age")
            .with_unit("s")
            .with_description("Age of the oldest event that this process has in hand")
            .with_callback(move |observer| {
                let now = Timestamp::now();
                each(&observed, |group, queue| {
                    observer.observe(queue.oldest_age(now).as_secs_f64(), group);
                });
            })
            .build();
        Self(known)
    }

    pub fn add(&self, group: &'static str) -> Queue {
        let queue = Queue::new();
        let name = KeyValue::new("messaging.destination.name", group);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((name, queue.clone()));
        queue
    }
}

fn each(known: &Known, mut observe: impl FnMut(&[KeyValue], &Queue)) {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    for (group, queue) in known.iter() {
        observe(std::slice::from_ref(group), queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_in_hand_counts_until_it_is_dropped() {
        let (queue, now) = (Queue::new(), Timestamp(10_000_000));
        assert_eq!(
            (queue.in_hand(), queue.oldest_age(now)),
            (0, Duration::ZERO)
        );
        let first = queue.hold(Timestamp(4_000_000));
        let same = queue.hold(Timestamp(4_000_000));
        let last = queue.hold(Timestamp(9_000_000));
        assert_eq!(queue.in_hand(), 3);
        drop(first);
        assert_eq!(queue.oldest_age(now), Duration::from_secs(6));
        drop(same);
        assert_eq!(queue.oldest_age(now), Duration::from_secs(1));
        drop(last);
        assert_eq!(
            (queue.in_hand(), queue.oldest_age(now)),
            (0, Duration::ZERO)
        );
    }

    #[test]
    fn a_depth_that_nobody_can_tell_is_none() {
        let queue = Queue::new();
        assert_eq!(queue.depth(), None);
        queue.set_depth(Some(7));
        assert_eq!(queue.depth(), Some(7));
        queue.set_depth(None);
        assert_eq!(queue.depth(), None);
    }
}
