//! Writers that go on whatever happens, and remember what they were told.

use conformance::store::{batch, event};
use ports::{
    Store, Tenant,
    store::{MAX_PAGE, Read},
};
use redis_store::RedisStore;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

/// Longest that any call may take.
const BOUND: Duration = Duration::from_secs(8);

#[derive(Debug, Default)]
pub struct Told {
    pub acknowledged: BTreeSet<String>,
    /// Surely not applied.
    pub refused: BTreeSet<String>,
    pub in_doubt: BTreeSet<String>,
}

pub struct Writers {
    tenant: Tenant,
    stop: Arc<AtomicBool>,
    acknowledged: watch::Sender<usize>,
    tasks: Vec<JoinHandle<Told>>,
}

impl Writers {
    pub fn start(store: &Arc<RedisStore>, tenant: &Tenant) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (acknowledged, _) = watch::channel(0);
        let task = |writer| {
            let work = write(
                Arc::clone(store),
                tenant.clone(),
                writer,
                Arc::clone(&stop),
                acknowledged.clone(),
            );
            tokio::spawn(work)
        };
        Self {
            tenant: tenant.clone(),
            tasks: (0..8).map(task).collect(),
            stop,
            acknowledged,
        }
    }

    /// Waits until so many more commits are acknowledged.
    pub async fn have_written(&self, more: usize) {
        let mut count = self.acknowledged.subscribe();
        let goal = *count.borrow() + more;
        let reached = count.wait_for(|count| *count >= goal);
        let reached = conformance::within("commits are acknowledged", reached).await;
        reached.expect("writers");
    }

    pub async fn stop(self) -> (Tenant, Told) {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        for task in self.tasks {
            let told = task.await.expect("a writer");
            all.acknowledged.extend(told.acknowledged);
            all.refused.extend(told.refused);
            all.in_doubt.extend(told.in_doubt);
        }
        (self.tenant, all)
    }
}

async fn write(
    store: Arc<RedisStore>,
    tenant: Tenant,
    writer: usize,
    stop: Arc<AtomicBool>,
    acknowledged: watch::Sender<usize>,
) -> Told {
    let mut told = Told::default();
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{writer}-{n}");
        let one = batch(|b| {
            b.put(format!("things/{id}"), "x").event(event(&id));
        });
        let started = Instant::now();
        let outcome = store.commit(&tenant, one).await;
        assert!(started.elapsed() < BOUND, "a call without bounds");
        match outcome {
            Ok(_) => {
                told.acknowledged.insert(id);
                acknowledged.send_modify(|count| *count += 1);
            }
            Err(error) => {
                assert!(error.retryable(), "{error}");
                let open = error.to_string().contains("may have been applied");
                let told = if open {
                    &mut told.in_doubt
                } else {
                    &mut told.refused
                };
                told.insert(id);
                // As a caller would, who is asked to come back.
                sleep(Duration::from_millis(2)).await;
            }
        }
    }
    told
}

/// Everything acknowledged is there, nothing refused is, and nothing is there twice.
pub async fn check(store: &RedisStore, tenant: &Tenant, told: &Told) {
    let found = events(store, tenant).await;
    for (id, times) in &found {
        assert_eq!(*times, 1, "{id} was applied {times} times");
        assert!(!told.refused.contains(id), "{id} was refused and applied");
    }
    for id in &told.acknowledged {
        assert!(found.contains_key(id), "{id} was acknowledged and is lost");
        let key = format!("things/{id}");
        let item = store.get(tenant, &key, Read::Strong).await.expect("a read");
        assert!(item.is_some(), "{key} was acknowledged and is lost");
    }
}

async fn events(store: &RedisStore, tenant: &Tenant) -> BTreeMap<String, usize> {
    let (mut found, mut after) = (BTreeMap::new(), 0);
    loop {
        let page = store
            .read_log(tenant, after, MAX_PAGE)
            .await
            .expect("a log");
        let Some(last) = page.events.last() else {
            return found;
        };
        after = last.sequence;
        for recorded in page.events {
            *found.entry(recorded.event.subject).or_default() += 1;
        }
    }
}
