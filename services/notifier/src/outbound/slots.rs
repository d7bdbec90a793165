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
    time::timeout,
};

/// No tenant holds more than one in so many of an instance's slots.
const TENANT_SHARE: usize = 4;
/// Idle tenants and endpoints are forgotten when more than these are known.
const MAX_KNOWN: usize = 4_096;

pub struct Slots {
    all: Arc<Semaphore>,
    tenant_slots: usize,
    endpoint_slots: usize,
    tenants: Mutex<HashMap<Tenant, Arc<Semaphore>>>,
    lanes: Mutex<HashMap<(Tenant, String), Arc<Lane>>>,
}

/// The calls to one endpoint of one tenant.
struct Lane {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    pace: Mutex<Pace>,
}

/// The right to call the endpoint once.
pub struct Slot {
    lane: Arc<Lane>,
    _held: [OwnedSemaphorePermit; 3],
}

/// Everything is taken; come back after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy(pub Duration);

impl Slots {
    #[must_use]
    pub fn new(all: usize, endpoint_slots: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all.max(1))),
            tenant_slots: (all / TENANT_SHARE).max(1),
            endpoint_slots: endpoint_slots.max(1),
            tenants: Mutex::default(),
            lanes: Mutex::default(),
        }
    }

    /// Waits a moment at most, and only if the endpoint is fast enough for that to make sense.
    pub async fn acquire(&self, tenant: &Tenant, endpoint: &Endpoint) -> Result<Slot, Busy> {
        let lane = self.lane(tenant, endpoint);
        let waiting = Waiting::join(&lane);
        let crowded = lane.slots.available_permits() == 0
            && lane.pace().expected_wait(waiting.ahead) > MAX_WAIT;
        if crowded {
            return Err(lane.send_away());
        }
        // The narrowest first: whoever waits for the whole instance's slots holds none of them.
        let begun = Instant::now();
        let acquired = timeout(MAX_WAIT, async {
            let of_endpoint = lane.slots.clone().acquire_owned().await.ok()?;
            let of_tenant = self.tenant(tenant).acquire_owned().await.ok()?;
            let of_all = self.all.clone().acquire_owned().await.ok()?;
            Some([of_endpoint, of_tenant, of_all])
        });
        match acquired.await {
            Ok(Some(held)) => {
                drop(waiting);
                Ok(Slot { lane, _held: held })
            }
            _ => {
                // Calls that hang tell nothing until they end; that one waited in vain tells at once.
                lane.pace().observe(begun.elapsed());
                Err(lane.send_away())
            }
        }
    }

    fn tenant(&self, tenant: &Tenant) -> Arc<Semaphore> {
        remembered(&self.tenants, tenant, || {
            Arc::new(Semaphore::new(self.tenant_slots))
        })
    }

    fn lane(&self, tenant: &Tenant, endpoint: &Endpoint) -> Arc<Lane> {
        let key = (tenant.clone(), endpoint.as_str().to_owned());
        remembered(&self.lanes, &key, || {
            Arc::new(Lane {
                slots: Arc::new(Semaphore::new(self.endpoint_slots)),
                waiting: AtomicUsize::new(0),
                pace: Mutex::new(Pace::new(self.endpoint_slots, Instant::now())),
            })
        })
    }
}

impl Slot {
    /// The call ended after so long.
    pub fn done(self, latency: Duration) {
        self.lane.pace().observe(latency);
    }
}

impl Lane {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_away(&self) -> Busy {
        Busy(self.pace().send_away(Instant::now(), rand::random()))
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
            slots.lane(&tenant("a"), &endpoint(&n.to_string()));
        }
        assert!(slots.lanes.lock().unwrap().len() <= MAX_KNOWN);
        assert!(
            slots
                .acquire(&tenant("a"), &endpoint("kept"))
                .await
                .is_err()
        );
        drop(kept);
    }
}
