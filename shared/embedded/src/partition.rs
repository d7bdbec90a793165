//! A partition's queue of messages, as far as the process remembers it: the rows are in the data file.

use crate::{keys, ledger::Depth, writer::Nudge};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::sync::{Notify, Semaphore};

pub(crate) struct Partition {
    /// What the keys of its messages start with.
    pub(crate) prefix: Vec<u8>,
    /// Wakes the active member when messages have been committed.
    pub(crate) arrived: Notify,
    /// One permit: to be the active member. Waiting members get it in the order of their coming.
    pub(crate) turn: Arc<Semaphore>,
    /// The highest sequence that may have been given to a member, in this process or an earlier one.
    given: AtomicU64,
    /// Messages that no member holds. Below zero for a moment when a member is faster than the count of what arrived.
    unheld: AtomicI64,
    /// Settled, but not yet removed from the file.
    settled: Mutex<BTreeSet<u64>>,
}

impl Partition {
    pub(crate) fn new(group: &str, partition: u16, held: Depth) -> Self {
        Self {
            prefix: keys::partition(group, partition),
            arrived: Notify::new(),
            turn: Arc::new(Semaphore::new(1)),
            given: AtomicU64::new(held.last),
            unheld: AtomicI64::new(held.messages as i64),
            settled: Mutex::default(),
        }
    }

    /// Messages have been committed.
    pub(crate) fn received(&self, messages: usize) {
        self.unheld.fetch_add(messages as i64, Ordering::Relaxed);
        self.arrived.notify_one();
    }

    /// Notes that a member gets the message; true if it may have been given before.
    pub(crate) fn give(&self, sequence: u64) -> bool {
        self.unheld.fetch_sub(1, Ordering::Relaxed);
        self.given.fetch_max(sequence, Ordering::AcqRel) >= sequence
    }

    /// Notes that a member has lost a message unsettled.
    pub(crate) fn take_back(&self) {
        self.unheld.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn depth(&self) -> u64 {
        self.unheld.load(Ordering::Relaxed).max(0).unsigned_abs()
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
