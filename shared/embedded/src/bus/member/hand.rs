use crate::{
    open::Core,
    partition::{Partition, Settled, Settlements},
    writer::Nudge,
};
use bytes::Bytes;
use ports::bus::{Ack, Delivery};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// What a member shares with its unsettled deliveries.
pub(super) struct Hand {
    pub(super) partition: Arc<Partition>,
    settlements: Arc<Settlements>,
    nudge: Nudge,
    /// A permit for each delivery that may be unsettled at once.
    places: Arc<Semaphore>,
    prefetch: u16,
    /// Deliveries that were dropped without an ack.
    returned: Mutex<BTreeSet<u64>>,
    came_back: Notify,
}

impl Hand {
    pub(super) fn new(core: &Core, partition: Arc<Partition>, prefetch: u16) -> Self {
        Self {
            partition,
            settlements: Arc::clone(&core.settlements),
            nudge: core.writer.nudge(),
            places: Arc::new(Semaphore::new(usize::from(prefetch))),
            prefetch,
            returned: Mutex::default(),
            came_back: Notify::new(),
        }
    }

    /// `None` never happens: the semaphore is not closed.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    pub(super) async fn all_settled(&self) {
        let _ = self.places.acquire_many(u32::from(self.prefetch)).await;
    }

    /// Waits for a message, be it new or returned.
    pub(super) async fn more(&self) {
        tokio::select! {
            () = self.partition.arrived.notified() => {}
            () = self.came_back.notified() => {}
        }
    }

    pub(super) fn take_returned(&self) -> Option<u64> {
        self.returned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_first()
    }

    pub(super) fn deliver(
        hand: &Arc<Self>,
        sequence: u64,
        body: Bytes,
        place: Option<OwnedSemaphorePermit>,
    ) -> Delivery {
        let unsettled = Unsettled {
            hand: Arc::clone(hand),
            sequence,
            settled: false,
            _place: place,
        };
        Delivery {
            body,
            redelivered: hand.partition.give(sequence),
            ack: Ack::new(move || unsettled.done()),
        }
    }
}

struct Unsettled {
    hand: Arc<Hand>,
    sequence: u64,
    settled: bool,
    _place: Option<OwnedSemaphorePermit>,
}

impl Unsettled {
    fn done(mut self) {
        self.settled = true;
        let settled = Settled {
            partition: Arc::clone(&self.hand.partition),
            sequence: self.sequence,
        };
        self.hand.settlements.add(settled, &self.hand.nudge);
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        if !self.settled {
            self.hand.partition.take_back();
            self.hand
                .returned
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(self.sequence);
            self.hand.came_back.notify_one();
        }
    }
}
