use ports::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// The machine's time, except that it never runs backwards: what has expired stays expired.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    latest: AtomicU64,
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        let read = Timestamp::now().as_micros();
        Timestamp(self.latest.fetch_max(read, Ordering::AcqRel).max(read))
    }
}
