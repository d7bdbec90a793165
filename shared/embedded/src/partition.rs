//! A partition's queue of messages, as far as the process remembers it: the rows are in the data file.

use crate::{keys, writer::Nudge};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{Notify, Semaphore};

pub(crate) struct Partition {
    /// What the keys of its messages start with.
    pub(crate) prefix: Vec<u8>,
    /// Wakes the active member when messages have been committed.
    pub(crate) arrived: Arc<Notify>,
    /// One permit: to be the active member. Waiting members get it in the order of their coming.
    pub(crate) turn: Arc<Semaphore>,
    /// The highest sequence that may have been given to a member, in this process or an earlier one.
    given: AtomicU64,
    /// Settled, but not yet removed from the file.
    settled: Mutex<BTreeSet<u64>>,
}

impl Partition {
    pub(crate) fn new(group: &str, partition: u16, given: u64) -> Self {
        Self {
            prefix: keys::partition(group, partition),
            arrived: Arc::new(Notify::new()),
            turn: Arc::new(Semaphore::new(1)),
            given: AtomicU64::new(given),
            settled: Mutex::default(),
        }
    }

    /// Notes that a member gets the message; true if it may have been given before.
    pub(crate) fn give(&self, sequence: u64) -> bool {
        self.given.fetch_max(sequence, Ordering::AcqRel) >= sequence
    }

    /// Settled messages behind `after` that a reader of the file may still find there.
    pub(crate) fn settled_behind(&self, after: u64) -> BTreeSet<u64> {
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.range(after.saturating_add(1)..).copied().collect()
    }

    fn note_settled(&self, sequence: u64) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.insert(sequence);
    }

    fn note_removed(&self, sequence: u64) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.remove(&sequence);
    }
}

/// A message that has been dealt with for good.
pub(crate) struct Settled {
    pub(crate) partition: Arc<Partition>,
    pub(crate) sequence: u64,
}

impl Settled {
    /// To be called when the file no longer holds the message.
    pub(crate) fn removed(&self) {
        self.partition.note_removed(self.sequence);
    }
}

/// Settled messages on their way to the writer thread, which takes along whatever has gathered.
#[derive(Default)]
pub(crate) struct Settlements {
    gathered: Mutex<Vec<Settled>>,
}

impl Settlements {
    pub(crate) fn add(&self, settled: Settled, nudge: &Nudge) {
        settled.partition.note_settled(settled.sequence);
        let first = {
            let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.push(settled);
            gathered.len() == 1
        };
        if first {
            nudge.wake();
        }
    }

    pub(crate) fn take(&self) -> Vec<Settled> {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut gathered)
    }
}
