//! A service stays reachable when the node of its request queue dies.

// Test code: an expectation that does not hold panics.
#![allow(clippy::expect_used)]

mod support;

use bytes::Bytes;
use conformance::{eventually, unique, within};
use ports::{Bus, bus::ServiceQueue};
use rabbitmq::{Options, RabbitBus};
use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeBounds,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{Broker, consumers};
use tokio::task::JoinSet;

const TTL: Duration = Duration::from_secs(10);
/// A killed broker needs a while to be there again.
const RESTART: Duration = Duration::from_secs(90);
const CALLERS: usize = 8;
/// More than can have been under way: some of them began after what came before.
const SOME: usize = 10 * CALLERS;

/// What servers did, by request.
#[derive(Default)]
struct Done(Mutex<HashMap<Bytes, usize>>);

impl Done {
    /// Serves, counts what it does under each request, and answers with the request.
    async fn serve(self: &Arc<Self>, bus: &RabbitBus, queue: &ServiceQueue) -> Arc<AtomicUsize> {
        let mut requests = bus.serve(queue, 4).await.expect("served");
        let (done, count) = (self.clone(), Arc::new(AtomicUsize::new(0)));
        let counting = count.clone();
        tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                let body = request.body.clone();
                *done.times().entry(body.clone()).or_default() += 1;
                counting.fetch_add(1, Ordering::SeqCst);
                request.reply.send(body);
            }
        });
        count
    }

    fn times(&self) -> MutexGuard<'_, HashMap<Bytes, usize>> {
        self.0.lock().expect("nobody panics with it")
    }
}

/// Callers that never stop, and never ask the same twice.
struct Load {
    callers: JoinSet<()>,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Tally {
    stop: AtomicBool,
    asked: AtomicUsize,
    answered: AtomicUsize,
    /// The numbers of the calls that failed.
    refused: Mutex<BTreeSet<usize>>,
}

impl Load {
    fn start(bus: &Arc<RabbitBus>, queue: &ServiceQueue) -> Self {
        let tally = Arc::new(Tally::default());
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(call(bus.clone(), queue.clone(), tally.clone()));
        }
        Self { callers, tally }
    }

    /// Waits until so many more calls than now have been answered.
    async fn advance(&self) {
        let answered = || self.tally.answered.load(Ordering::SeqCst);
        let goal = answered() + SOME;
        eventually(RESTART, "calls are answered", async || {
            (answered() >= goal).then_some(())
        })
        .await;
    }

    /// Calls made from now on have this number or a higher one.
    fn next(&self) -> usize {
        self.tally.asked.load(Ordering::SeqCst)
    }

    /// Failed calls of these numbers. One that was under way when the node died may fail much later.
    fn refused(&self, numbers: impl RangeBounds<usize>) -> usize {
        let refused = self.tally.refused.lock().expect("no panic");
        refused.range(numbers).count()
    }

    async fn stop(&mut self) {
        self.tally.stop.store(true, Ordering::SeqCst);
        while let Some(caller) = within("the callers end", self.callers.join_next()).await {
            caller.expect("no panic");
        }
    }
}

async fn call(bus: Arc<RabbitBus>, queue: ServiceQueue, tally: Arc<Tally>) {
    while !tally.stop.load(Ordering::SeqCst) {
        let number = tally.asked.fetch_add(1, Ordering::SeqCst);
        let body = Bytes::from(number.to_string());
        match bus.call(&queue, body.clone(), TTL).await {
            Ok(answer) => {
                assert_eq!(answer, body);
                tally.answered.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => {
                assert!(error.retryable(), "{error}");
                tally.refused.lock().expect("no panic").insert(number);
            }
        }
        tokio::task::yield_now().await;
    }
}

/// Everyone serves the first name, whoever made its queue.
async fn is_served_by(node: &Broker, queue: &ServiceQueue, servers: u32) {
    let (_connection, channel) = node.channel().await;
    let name = format!("sb.rq.{}.{}", queue.service, queue.version);
    eventually(RESTART, "all serve the first queue", async || {
        (consumers(&channel, &name).await == servers).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_stays_reachable_while_its_queue_s_node_is_away() {
    let nodes = Broker::start_cluster().await;
    let [first, second, third] = &nodes;
    let queue = ServiceQueue {
        service: unique("service"),
        version: "1".to_owned(),
    };
    let done = Arc::new(Done::default());
    // The first to serve makes the queue, on its own node.
    let homed = first.bus(Options::default()).await;
    let at_home = done.serve(&homed, &queue).await;
    let away = second.bus(Options::default()).await;
    done.serve(&away, &queue).await;
    let caller = third.bus(Options::default()).await;
    let mut load = Load::start(&caller, &queue);
    load.advance().await;

    first.slay();
    load.advance().await;
    // One that comes during the outage finds its place, too.
    let newcomer = third.bus(Options::default()).await;
    let lately = done.serve(&newcomer, &queue).await;
    eventually(RESTART, "the newcomer is given requests", async || {
        (lately.load(Ordering::SeqCst) > 0).then_some(())
    })
    .await;
    let served_again = load.next();
    load.advance().await;

    let before = at_home.load(Ordering::SeqCst);
    first.start_again();
    eventually(RESTART, "the first server is back", async || {
        (at_home.load(Ordering::SeqCst) > before).then_some(())
    })
    .await;
    is_served_by(third, &queue, 3).await;
    load.advance().await;
    load.stop().await;

    assert_eq!(load.refused(served_again..), 0, "refused while served");
    assert!(done.times().values().all(|times| *times == 1));
    for bus in [homed, away, newcomer, caller] {
        bus.close().await;
    }
}
