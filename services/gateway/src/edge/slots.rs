//! Bounds what one instance works on at once, and how much of that one tenant can hold.

use ports::Tenant;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use web::{Problem, ProblemKind};

const MAX_TENANTS: usize = 10_000;

pub struct Slots {
    all: Arc<Semaphore>,
    share: usize,
    tenants: Mutex<HashMap<Tenant, Arc<Semaphore>>>,
}

/// Held while a request is worked on.
pub struct Slot(#[expect(dead_code, reason = "freed when dropped")] [OwnedSemaphorePermit; 2]);

impl Slots {
    pub fn new(slots: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(slots)),
            share: (slots / 4).max(1),
            tenants: Mutex::default(),
        }
    }

    /// A slot now, or a refusal now: requests never queue here.
    pub fn take(&self, tenant: &Tenant) -> Result<Slot, Problem> {
        let full =
            |kind, detail: &str| Problem::new(kind, detail).retry_after(Duration::from_secs(1));
        let own = self.of(tenant).try_acquire_owned().map_err(|_| {
            full(
                ProblemKind::TooManyRequests,
                "too many requests of this tenant are in flight; try again shortly",
            )
        })?;
        let shared = self.all.clone().try_acquire_owned().map_err(|_| {
            full(
                ProblemKind::Unavailable,
                "too many requests are in flight; try again shortly",
            )
        })?;
        Ok(Slot([own, shared]))
    }

    fn of(&self, tenant: &Tenant) -> Arc<Semaphore> {
        let fresh = || Arc::new(Semaphore::new(self.share));
        let Ok(mut tenants) = self.tenants.lock() else {
            return fresh();
        };
        if tenants.len() >= MAX_TENANTS {
            tenants.retain(|_, slots| slots.available_permits() < self.share);
        }
        tenants.entry(tenant.clone()).or_insert_with(fresh).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_leaves_room_for_others() {
        let (slots, one, two) = (
            Slots::new(8),
            Tenant::parse("one").unwrap(),
            Tenant::parse("two").unwrap(),
        );
        let held: Vec<_> = (0..2).map(|_| slots.take(&one).unwrap()).collect();
        assert_eq!(
            slots.take(&one).map(drop).unwrap_err().status().as_u16(),
            429
        );
        assert!(slots.take(&two).is_ok());
        drop(held);
        assert!(slots.take(&one).is_ok());
    }
}
