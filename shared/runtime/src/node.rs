use crate::{
    consumer::GroupMember,
    depth,
    due::{DueRunner, Redriven},
    executor::Executor,
    groups,
    handling::Handling,
    health::Health,
    intake::Counter,
    membership::Membership,
    metrics::Metrics,
    relay::Relay,
    requests::Environment,
    service::Service,
};
use ports::{Blobs, Bus, Result, Store, TypeId, bus::ServiceQueue};
use std::{sync::Arc, thread::available_parallelism, time::Duration};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The three doors, opened.
#[derive(Clone)]
pub struct Backends {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn Bus>,
    pub blobs: Arc<dyn Blobs>,
}

/// A process at work: one or several services and a share of the relaying.
pub struct Node {
    backends: Backends,
    health: Health,
    /// No new work from here on.
    stop: CancellationToken,
    /// The last to go: heartbeats and probes.
    leave: CancellationToken,
    work: TaskTracker,
    background: TaskTracker,
}

impl Node {
    /// Starts everything; when it returns, the services can be called.
    pub async fn start(
        settings: &settings::Runtime,
        backends: Backends,
        services: Vec<Service>,
    ) -> Result<Self> {
        let environment = Environment {
            store: backends.store.clone(),
            blobs: backends.blobs.clone(),
            metrics: Arc::new(Metrics::default()),
        };
        let node = Self {
            health: Health::default(),
            stop: CancellationToken::new(),
            leave: CancellationToken::new(),
            work: TaskTracker::new(),
            background: TaskTracker::new(),
            backends,
        };
        // What has been started already stops if the rest fails.
        let undo = node.stop.clone().drop_guard();
        for service in &services {
            groups::register(&*node.backends.bus, &*node.backends.store, service).await?;
        }
        let threads = match settings.workers {
            0 => available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let executor = Arc::new(Executor::start(threads, &services, &environment).await?);
        for service in &services {
            node.serve_requests(service, settings.concurrency, &executor)
                .await?;
        }
        let instance = TypeId::new("node").to_string();
        let heartbeat = settings.heartbeat.0;
        let membership =
            Membership::join(node.backends.store.clone(), &services, &instance, heartbeat).await?;
        let membership = Arc::new(membership);
        for service in &services {
            node.serve_events(service, &environment, &membership);
        }
        node.start_relay(&environment, &membership, heartbeat * 3);
        node.start_background(membership);
        undo.disarm();
        Ok(node)
    }

    #[must_use]
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    #[must_use]
    pub fn backends(&self) -> &Backends {
        &self.backends
    }

    /// Before the service is announced: who hears of it may call at once.
    async fn serve_requests(
        &self,
        service: &Service,
        concurrency: usize,
        executor: &Arc<Executor>,
    ) -> Result<()> {
        let counter = Counter {
            bus: self.backends.bus.clone(),
            queue: ServiceQueue {
                service: service.name.to_owned(),
                version: service.description().version,
            },
            service: service.name,
            concurrency,
        };
        let intake = counter.open().await?;
        let (executor, tracker) = (executor.clone(), self.work.clone());
        self.work
            .spawn(counter.run(intake, executor, tracker, self.stop.clone()));
        Ok(())
    }

    fn serve_events(&self, service: &Service, environment: &Environment, membership: &Membership) {
        let due = DueRunner::new(
            service.name,
            service.due.clone(),
            environment.clone(),
            self.work.clone(),
            self.stop.clone(),
        );
        for (scope, _) in &service.due {
            self.work.spawn(due.clone().run(scope, membership.duties()));
        }
        let Some(consumer) = &service.consumer else {
            return;
        };
        let handling = Handling {
            service: service.name,
            handler: Arc::new(Redriven(consumer.handler.clone())),
            environment: environment.clone(),
            due,
            stop: self.stop.clone(),
        };
        let queue = environment.metrics.queue(service.name);
        self.work.spawn(depth::watch(
            self.backends.bus.clone(),
            service.name,
            consumer.partitions,
            queue.clone(),
            self.stop.clone(),
        ));
        let member = GroupMember {
            bus: self.backends.bus.clone(),
            handling: Arc::new(handling),
            partitions: consumer.partitions,
            slots: Arc::new(Semaphore::new(consumer.concurrency)),
            queue,
            tracker: self.work.clone(),
        };
        self.work.spawn(Arc::new(member).run(membership.duties()));
    }

    fn start_relay(&self, environment: &Environment, membership: &Membership, lease_ttl: Duration) {
        let Backends { store, bus, .. } = self.backends.clone();
        let metrics = environment.metrics.clone();
        Relay::new(
            store,
            bus,
            metrics,
            membership,
            lease_ttl,
            self.stop.clone(),
        )
        .spawn(&self.work);
    }

    fn start_background(&self, membership: Arc<Membership>) {
        let leave = self.leave.clone();
        self.background
            .spawn(async move { membership.run(leave).await });
        let (health, leave) = (self.health.clone(), self.leave.clone());
        let Backends { store, bus, .. } = self.backends.clone();
        self.background
            .spawn(async move { health.watch(bus, store, leave).await });
    }

    /// Unready, no new work, finish what is in hand, leave the list, flush the bus; all within the time given.
    pub async fn drain(self, within: Duration) {
        self.health.set_stopping();
        let drained = tokio::time::timeout(within, async {
            self.stop.cancel();
            self.work.close();
            self.work.wait().await;
            self.leave.cancel();
            self.background.close();
            self.background.wait().await;
            self.backends.bus.close().await;
        });
        if drained.await.is_err() {
            tracing::warn!(
                "the drain's deadline passed; what was left in hand will be done again elsewhere"
            );
        }
    }
}
