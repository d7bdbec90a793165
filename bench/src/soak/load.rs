//! Writers, updaters and readers at work, and a reader of the log beside them.

mod follower;
mod reader;
mod updater;
mod writer;

use super::{
    caller::{Caller, Gateways},
    ledger::Ledger,
    log::Log,
    outage::Outages,
};
use crate::http::{Answer, Target};
use rand::{SeedableRng, rngs::StdRng};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinSet},
    time::{Interval, MissedTickBehavior, interval_at, timeout},
};

const WRITERS: usize = 8;
const UPDATERS: usize = 4;
const READERS: usize = 4;
/// For what is in hand when the load ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// What all callers share. They are on one thread.
pub struct Shared {
    pub ledger: RefCell<Ledger>,
    pub outages: RefCell<Outages>,
    pub log: RefCell<Log>,
    acknowledged: Notify,
    stopped: Cell<bool>,
}

impl Shared {
    /// Waits until every writer has got something acknowledged that it asked for since.
    pub async fn served_since(&self, instant: Instant) {
        loop {
            // Made before the look, so that an acknowledgement between the two is not missed.
            let acknowledged = self.acknowledged.notified();
            if self.outages.borrow().is_over_since(instant) {
                return;
            }
            acknowledged.await;
        }
    }

    /// The answer that settles a request, with the tries before it in the ledger.
    async fn insist(&self, caller: &mut Caller, request: impl Fn(&Target) -> Vec<u8>) -> Answer {
        let missed = |miss| self.ledger.borrow_mut().missed(miss);
        caller.insist(request, missed).await
    }
}

/// It lives on a `LocalSet`, and ends when it is dropped.
pub struct Load {
    pub shared: Rc<Shared>,
    workers: JoinSet<()>,
    follower: AbortHandle,
}

/// How fast it goes and where it draws from.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// New contacts a second at most; as many reads, half as many updates.
    pub rate: u32,
    pub seed: u64,
}

impl Pace {
    /// The turns of the nth of some callers who make `rate` requests a second together.
    fn turns(rate: f64, callers: usize, n: usize) -> Interval {
        let period = Duration::from_secs_f64(callers as f64 / rate);
        let first = tokio::time::Instant::now() + period.mul_f64(n as f64 / callers as f64);
        let mut turns = interval_at(first, period);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        turns
    }
}

impl Load {
    pub fn start(gateways: &Rc<Gateways>, key: &str, pace: Pace) -> Self {
        let shared = Rc::new(Shared {
            ledger: RefCell::default(),
            outages: RefCell::new(Outages::new(WRITERS, Instant::now())),
            log: RefCell::default(),
            acknowledged: Notify::new(),
            stopped: Cell::new(false),
        });
        let caller = |n| Caller::new(gateways, key, n);
        let dice = |n: usize| StdRng::seed_from_u64(pace.seed.wrapping_add(1 + n as u64));
        let rate = f64::from(pace.rate);
        let mut workers = JoinSet::new();
        for n in 0..WRITERS {
            let turns = Pace::turns(rate, WRITERS, n);
            workers.spawn_local(writer::work(shared.clone(), caller(n), turns, n));
        }
        for n in 0..UPDATERS {
            let turns = Pace::turns(rate / 2.0, UPDATERS, n);
            let work = updater::work(shared.clone(), caller(n), turns, dice(n), n);
            workers.spawn_local(work);
        }
        for n in 0..READERS {
            let turns = Pace::turns(rate, READERS, n);
            let dice = dice(UPDATERS + n);
            workers.spawn_local(reader::work(shared.clone(), caller(n), turns, dice));
        }
        let follower = follower::follow(shared.clone(), caller(0));
        let follower = tokio::task::spawn_local(follower).abort_handle();
        Self {
            shared,
            workers,
            follower,
        }
    }

    /// Lets everybody finish what they have in hand; the reader of the log goes on. What is not settled within the
    /// patience stays open in the ledger.
    pub async fn finish(&mut self) {
        self.shared.stopped.set(true);
        let all = async { while self.workers.join_next().await.is_some() {} };
        let _ = timeout(PATIENCE, all).await;
        self.workers.abort_all();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.follower.abort();
    }
}
