//! Takes a consumer group's events from the bus: the partitions that are ours, each subject's events one after the other,
//! different subjects side by side.

use crate::{handling::Handling, membership::Duties, metrics::Queue, wire};
use ports::{
    Bus, Recorded,
    bus::{Ack, Delivery, Intake},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Messages of a partition in hand at once.
const PREFETCH: u16 = 16;
const RETRY: Duration = Duration::from_secs(1);

/// A service's membership in its consumer group.
pub struct GroupMember {
    pub bus: Arc<dyn Bus>,
    pub handling: Arc<Handling>,
    pub partitions: u16,
    pub slots: Arc<Semaphore>,
    pub queue: Queue,
    pub tracker: TaskTracker,
}

impl GroupMember {
    /// Follows the plan: takes part in the partitions that are ours, leaves those that are no longer.
    pub async fn run(self: Arc<Self>, mut duties: watch::Receiver<Arc<Duties>>) {
        let stop = self.handling.stop.clone();
        let mut ours: HashMap<u16, CancellationToken> = HashMap::new();
        while !stop.is_cancelled() {
            let current = duties.borrow_and_update().clone();
            for partition in 0..self.partitions {
                let owned = current.consumes(self.handling.service, partition);
                if !owned && let Some(token) = ours.remove(&partition) {
                    token.cancel();
                } else if owned && !ours.contains_key(&partition) {
                    let token = stop.child_token();
                    ours.insert(partition, token.clone());
                    self.tracker.spawn(self.clone().take_part(partition, token));
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                changed = duties.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn take_part(self: Arc<Self>, partition: u16, leave: CancellationToken) {
        let group = self.handling.service;
        while !leave.is_cancelled() {
            let subscribed = self.bus.subscribe(group, partition, PREFETCH);
            match leave.run_until_cancelled(subscribed).await {
                Some(Ok(intake)) => self.work(intake, &leave).await,
                Some(Err(error)) => {
                    tracing::warn!(group, partition, %error, "subscribing failed");
                    leave.run_until_cancelled(tokio::time::sleep(RETRY)).await;
                }
                None => return,
            }
        }
    }

    async fn work(&self, mut intake: Intake<Delivery>, leave: &CancellationToken) {
        let mut lanes = Lanes::default();
        while let Some(Some(delivery)) = leave.run_until_cancelled(intake.next()).await {
            self.begin(delivery, &mut lanes).await;
        }
        intake.stop().await;
        while let Some(delivery) = intake.next().await {
            drop(delivery); // goes to the next member
        }
    }

    async fn begin(&self, delivery: Delivery, lanes: &mut Lanes) {
        let events = match wire::decode(&delivery.body) {
            Ok(events) => events,
            Err(error) => {
                // Only a relay writes here, so this is a bug; the events are still in the tenants' logs.
                tracing::error!(group = self.handling.service, %error, "a message that is no batch of events was dropped");
                delivery.ack.done();
                return;
            }
        };
        let settlement = Settlement::new(delivery.ack, events.len());
        for event in events {
            let (before, done) = lanes.join(&event);
            let (handling, slots) = (self.handling.clone(), self.slots.clone());
            let (settlement, redelivered) = (settlement.clone(), delivery.redelivered);
            let held = self.queue.hold(event.event.time);
            self.tracker.spawn(async move {
                let _held = held;
                let _free_the_lane = done.drop_guard();
                if let Some(before) = before {
                    before.cancelled().await;
                }
                if slots.available_permits() == 0 {
                    handling.throttled();
                }
                let Ok(_slot) = slots.acquire_owned().await else {
                    return;
                };
                if handling.stop.is_cancelled() {
                    return;
                }
                if handling.settle(&event, redelivered).await.is_some() {
                    settlement.one_done();
                }
            });
        }
    }
}

/// Acknowledges a message when each of its events has been dealt with; dropped before, the message comes again.
struct Settlement {
    ack: Mutex<Option<Ack>>,
    left: AtomicUsize,
}

impl Settlement {
    fn new(ack: Ack, events: usize) -> Arc<Self> {
        let settlement = Self {
            ack: Mutex::new(Some(ack)),
            left: AtomicUsize::new(events.max(1)),
        };
        if events == 0 {
            settlement.one_done();
        }
        Arc::new(settlement)
    }

    fn one_done(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1
            && let Ok(mut ack) = self.ack.lock()
            && let Some(ack) = ack.take()
        {
            ack.done();
        }
    }
}

/// The last event begun for each subject, as a token that is cancelled when it is done.
#[derive(Default)]
struct Lanes {
    last: HashMap<String, CancellationToken>,
    sweep_at: usize,
}

impl Lanes {
    fn join(&mut self, event: &Recorded) -> (Option<CancellationToken>, CancellationToken) {
        if self.last.len() >= self.sweep_at.max(1024) {
            self.last.retain(|_, token| !token.is_cancelled());
            self.sweep_at = self.last.len() * 2;
        }
        let done = CancellationToken::new();
        let before = self.last.insert(
            format!("{}/{}", event.tenant, event.event.subject),
            done.clone(),
        );
        (before, done)
    }
}
