use super::Book;
use serde::Deserialize;
use std::{
    cell::RefCell,
    collections::HashMap,
    time::{Duration, SystemTime},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::Notify;

/// Subjects that are remembered at most; a run creates fewer.
const MAX_SUBJECTS: usize = 4_000_000;

/// The parts of a CloudEvent that matter here.
#[derive(Deserialize)]
struct Event {
    subject: String,
    time: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub at: SystemTime,
    /// From the event's own time to its arrival.
    pub latency: Duration,
}

/// The first arrival of each subject's event.
#[derive(Default)]
pub struct Arrivals {
    all: RefCell<HashMap<String, Arrival>>,
    more: Notify,
}

impl Book for Arrivals {
    fn note(&self, _: Option<&str>, body: &[u8]) {
        self.note_at(body, SystemTime::now());
    }
}

impl Arrivals {
    /// What is no event is passed over: a missing delivery shows in the count.
    fn note_at(&self, body: &[u8], at: SystemTime) {
        let Some((subject, arrival)) = arrival(body, at) else {
            return;
        };
        let mut all = self.all.borrow_mut();
        if all.len() < MAX_SUBJECTS {
            all.entry(subject).or_insert(arrival);
        }
        drop(all);
        self.more.notify_waiters();
    }

    pub fn of(&self, subject: &str) -> Option<Arrival> {
        self.all.borrow().get(subject).copied()
    }

    /// Waits until an event of this subject has arrived.
    pub async fn wait_for(&self, subject: &str) -> Arrival {
        loop {
            // Made before the look, so that an arrival between the two is not missed.
            let more = self.more.notified();
            if let Some(arrival) = self.of(subject) {
                return arrival;
            }
            more.await;
        }
    }
}

fn arrival(body: &[u8], at: SystemTime) -> Option<(String, Arrival)> {
    let event: Event = serde_json::from_slice(body).ok()?;
    let time = SystemTime::from(OffsetDateTime::parse(&event.time, &Rfc3339).ok()?);
    // Clocks of one machine: an event from the future is one of this very instant.
    let latency = at.duration_since(time).unwrap_or_default();
    Some((event.subject, Arrival { at, latency }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn tells_how_long_an_event_took() {
        let arrivals = Arrivals::default();
        let body = br#"{"subject":"con_1","time":"1970-01-01T00:00:01.5Z","type":"x"}"#;
        arrivals.note_at(body, SystemTime::UNIX_EPOCH + Duration::from_secs(2));
        arrivals.note_at(body, SystemTime::UNIX_EPOCH + Duration::from_secs(9));
        let latency = arrivals.of("con_1").map(|arrival| arrival.latency);
        assert_eq!(latency, Some(Duration::from_millis(500)));
    }

    proptest! {
        #[test]
        fn passes_over_everything_else(bytes in vec(any::<u8>(), 0..60), time in "[0-9T:.Z+-]{0,30}") {
            let arrivals = Arrivals::default();
            arrivals.note_at(&bytes, SystemTime::now());
            let event = format!(r#"{{"subject":"s","time":"{time}"}}"#);
            arrivals.note_at(event.as_bytes(), SystemTime::now());
        }
    }
}
