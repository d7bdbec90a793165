//! How many calls are under way at once: in all, for one tenant, for one endpoint. Nobody's slow endpoint may use up
//! what others need.

use crate::domain::{
    endpoint::Endpoint,
    pace::{MAX_WAIT, Pace},
};
use ports::Tenant;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout_at,
};

/// No tenant holds more than one in so many of an instance's slots.
const TENANT_SHARE: usize = 4;
/// Idle tenants and endpoints are forgotten when more than these are known.
const MAX_KNOWN: usize = 4_096;

pub struct Slots {
    all: Arc<Lane>,
    tenant_slots: usize,
    endpoint_slots: usize,
    tenants: Mutex<HashMap<Tenant, Arc<Lane>>>,
    endpoints: Mutex<HashMap<(Tenant, String), Arc<Lane>>>,
}

/// The right to make one call: a slot of its endpoint, of its tenant, and of the instance.
pub struct Slot(Vec<(Arc<Lane>, OwnedSemaphorePermit)>);

/// Everything is taken; come back after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy(pub Duration);

impl Slots {
    #[must_use]
    pub fn new(all: usize, endpoint_slots: usize) -> Self {
        Self {
            all: Lane::new(all),
            tenant_slots: all / TENANT_SHARE,
            endpoint_slots,
            tenants: Mutex::default(),
            endpoints: Mutex::default(),
        }
    }

    /// Waits a moment at most, and only where calls are so fast that it makes sense.
    pub async fn acquire(&self, tenant: &Tenant, endpoint: &Endpoint) -> Result<Slot, Busy> {
        let deadline = Instant::now() + MAX_WAIT;
        // The narrowest first: who waits for one endpoint or tenant holds nothing that others need.
        let lanes = [
            self.endpoint(tenant, endpoint),
            self.tenant(tenant),
            self.all.clone(),
        ];
        let mut held = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let permit = lane.enter(deadline).await?;
            held.push((lane, permit));
        }
        Ok(Slot(held))
    }

    fn tenant(&self, tenant: &Tenant) -> Arc<Lane> {
        remembered(&self.tenants, tenant, || Lane::new(self.tenant_slots))
    }

    fn endpoint(&self, tenant: &Tenant, endpoint: &Endpoint) -> Arc<Lane> {
        let key = (tenant.clone(), endpoint.as_str().to_owned());
        remembered(&self.endpoints, &key, || Lane::new(self.endpoint_slots))
    }
}

impl Slot {
    /// The call ended after so long.
    pub fn done(self, latency: Duration) {
        for (lane, _permit) in self.0 {
            lane.pace().observe(latency);
        }
    }
}

/// Calls that share slots.
struct Lane {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    pace: Mutex<Pace>,
}

impl Lane {
    fn new(slots: usize) -> Arc<Self> {
        let slots = slots.max(1);
        Arc::new(Self {
            slots: Arc::new(Semaphore::new(slots)),
            waiting: AtomicUsize::new(0),
            pace: Mutex::new(Pace::new(slots, Instant::now())),
        })
    }

    async fn enter(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Busy> {
        if let Ok(permit) = self.slots.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let waiting = Waiting::join(self);
        let (begun, ended_before) = (Instant::now(), self.pace().ended());
        if self.pace().is_crowded(waiting.ahead) {
            return Err(self.send_away());
        }
        match timeout_at(deadline.into(), self.slots.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => {
                self.pace().observe_wait(begun.elapsed(), ended_before);
                Err(self.send_away())
            }
        }
    }

    fn send_away(&self) -> Busy {
        Busy(self.pace().send_away(Instant::now(), rand::random()))
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits at a lane; leaves it when dropped.
struct Waiting<'a> {
    lane: &'a Lane,
    ahead: usize,
}

impl<'a> Waiting<'a> {
    fn join(lane: &'a Lane) -> Self {
        let ahead = lane.waiting.fetch_add(1, Ordering::Relaxed);
        Self { lane, ahead }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.lane.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is in use is held by someone besides the map.
fn remembered<K: Clone + Eq + Hash, V>(
    known: &Mutex<HashMap<K, Arc<V>>>,
    key: &K,
    make: impl FnOnce() -> Arc<V>,
) -> Arc<V> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = known.get(key) {
        return value.clone();
    }
    if known.len() >= MAX_KNOWN {
        known.retain(|_, value| Arc::strong_count(value) > 1);
    }
    let value = make();
    known.insert(key.clone(), value.clone());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        Tenant::parse(name).unwrap()
    }

    fn endpoint(path: &str) -> Endpoint {
        Endpoint::parse(&format!("https://example.com/{path}")).unwrap()
    }

    #[tokio::test]
    async fn an_endpoint_has_its_slots_and_no_more_and_others_are_not_held_up() {
        let slots = Slots::new(64, 2);
        let (mine, theirs) = (tenant("a"), tenant("b"));
        let first = slots.acquire(&mine, &endpoint("x")).await.ok().unwrap();
        let _second = slots.acquire(&mine, &endpoint("x")).await.ok().unwrap();
        assert!(slots.acquire(&mine, &endpoint("x")).await.is_err());
        assert!(slots.acquire(&mine, &endpoint("y")).await.is_ok());
        assert!(slots.acquire(&theirs, &endpoint("x")).await.is_ok());
        first.done(Duration::from_millis(1));
        assert!(slots.acquire(&mine, &endpoint("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_tenant_holds_at_most_a_quarter() {
        let slots = Slots::new(8, 8);
        let held = [
            slots
                .acquire(&tenant("a"), &endpoint("1"))
                .await
                .ok()
                .unwrap(),
            slots
                .acquire(&tenant("a"), &endpoint("2"))
                .await
                .ok()
                .unwrap(),
        ];
        assert!(slots.acquire(&tenant("a"), &endpoint("3")).await.is_err());
        assert!(slots.acquire(&tenant("b"), &endpoint("3")).await.is_ok());
        drop(held);
        assert!(slots.acquire(&tenant("a"), &endpoint("3")).await.is_ok());
    }

    #[tokio::test]
    async fn a_slow_endpoint_is_not_waited_for_once_that_is_known() {
        let slots = Slots::new(64, 1);
        let held = slots
            .acquire(&tenant("a"), &endpoint("x"))
            .await
            .ok()
            .unwrap();
        held.done(Duration::from_secs(15));
        let _held = slots
            .acquire(&tenant("a"), &endpoint("x"))
            .await
            .ok()
            .unwrap();
        let before = Instant::now();
        assert!(slots.acquire(&tenant("a"), &endpoint("x")).await.is_err());
        assert!(before.elapsed() < MAX_WAIT / 2);
    }

    #[tokio::test]
    async fn a_slot_that_comes_free_is_taken_by_who_waits() {
        let slots = Arc::new(Slots::new(64, 1));
        let held = slots
            .acquire(&tenant("a"), &endpoint("x"))
            .await
            .ok()
            .unwrap();
        let waiter = tokio::spawn({
            let slots = slots.clone();
            async move { slots.acquire(&tenant("a"), &endpoint("x")).await.is_ok() }
        });
        tokio::task::yield_now().await;
        held.done(Duration::from_millis(1));
        assert!(waiter.await.unwrap());
    }

    #[tokio::test]
    async fn idle_lanes_are_forgotten_when_there_are_too_many() {
        let slots = Slots::new(64, 1);
        let kept = slots
            .acquire(&tenant("a"), &endpoint("kept"))
            .await
            .ok()
            .unwrap();
        for n in 0..=MAX_KNOWN {
            slots.endpoint(&tenant("a"), &endpoint(&n.to_string()));
        }
        assert!(slots.endpoints.lock().unwrap().len() <= MAX_KNOWN);
        assert!(
            slots
                .acquire(&tenant("a"), &endpoint("kept"))
                .await
                .is_err()
        );
        drop(kept);
    }
}
