//! Fires due items: claims them from the shards that this instance looks after, runs their handler, commits the outcome.
//!
//! A claim hides an item for [`HOLD`]; if the process dies, another claims it again. The commit is conditional on the
//! item's version, so that of two firings only one has an effect.

use crate::{
    HOLD,
    backoff::Backoff,
    handling::{Firing, caught, due_dead_letter, invocation},
    membership::Duties,
    metrics::{Backlog, Trigger},
    requests::Environment,
    service::{DueHandler, EventHandler, Failure, Outcome},
    trace,
};
use async_trait::async_trait;
use contracts::dead_letters;
use futures_util::{StreamExt, stream};
use ports::{
    Batch, Item, Kind, Recorded, SHARDS, Shard, Tenant, Timestamp,
    store::{Hint, Put, Read},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration, time::Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span};

/// Message that makes a dead due item due again; the subject is its key.
pub const REDRIVE: &str = "due.redrive.v1";
/// Most firings of one service at once in one process.
const CONCURRENCY: usize = 512;
const CLAIM: usize = 64;
const MAX_ATTEMPTS: u32 = 10;
const RETRY: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(300));
/// Hints can get lost: every shard is looked at this often at least.
const LOOK: Duration = Duration::from_secs(5);
/// Shards looked at side by side.
const LOOKS: usize = 16;

/// What fires the due items of one service.
pub struct DueRunner {
    service: &'static str,
    handlers: Vec<(&'static str, Arc<dyn DueHandler>)>,
    environment: Environment,
    slots: Arc<Semaphore>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl DueRunner {
    pub fn new(
        service: &'static str,
        handlers: Vec<(&'static str, Arc<dyn DueHandler>)>,
        environment: Environment,
        tracker: TaskTracker,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            service,
            handlers,
            environment,
            slots: Arc::new(Semaphore::new(CONCURRENCY)),
            tracker,
            stop,
        })
    }

    /// Room for one more firing; `None` when the process stops.
    pub async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if self.slots.available_permits() == 0 {
            self.environment
                .metrics
                .throttled(self.service, Trigger::Timer);
        }
        self.stop
            .run_until_cancelled(self.slots.clone().acquire_owned())
            .await?
            .ok()
    }

    pub fn spawn(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
        tenant: Tenant,
        key: String,
        item: Item,
    ) {
        let runner = self.clone();
        self.tracker.spawn(async move {
            runner.fire(&tenant, &key, &item).await;
            drop(permit);
        });
    }

    /// Claims from the shards that are ours, for one scope, until stopped.
    pub async fn run(
        self: Arc<Self>,
        scope: &'static str,
        mut duties: watch::Receiver<Arc<Duties>>,
    ) {
        let mut hints = self.environment.store.hints();
        let mut agenda = Agenda::default();
        let backlog = self.environment.metrics.due_backlog(scope);
        let (self_ref, backlog) = (&self, &backlog);
        loop {
            let current = duties.borrow_and_update().clone();
            let now = Instant::now();
            let lost = agenda.keep(|shard| current.fires(self.service, shard), now);
            lost.into_iter().for_each(|shard| backlog.clear(shard));
            let ripe = agenda.take_ripe(now);
            let looks = ripe
                .into_iter()
                .map(|shard| async move { (shard, self_ref.claim(shard, scope, backlog).await) });
            for (shard, next) in stream::iter(looks)
                .buffer_unordered(LOOKS)
                .collect::<Vec<_>>()
                .await
            {
                agenda.set(shard, Instant::now() + next.min(LOOK));
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep_until(agenda.next().into()) => {}
                changed = duties.changed() => if changed.is_err() { return },
                hint = hints.recv() => match hint {
                    Ok(Hint::Due(shard, hinted)) if hinted == scope => agenda.hurry(shard),
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => agenda.hurry_all(),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }

    /// Fires what is due in a shard; how long until it is worth looking again.
    async fn claim(self: &Arc<Self>, shard: Shard, scope: &str, backlog: &Backlog) -> Duration {
        loop {
            let store = &self.environment.store;
            // First a look, which is cheap, then the claim, which writes.
            let claimed = match self.wait_of(shard, scope, backlog).await {
                Ok(Some(wait)) => return wait,
                Ok(None) => store.claim_due(shard, scope, CLAIM, HOLD).await,
                Err(error) => Err(error),
            };
            let claimed = match claimed {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::warn!(service = self.service, %error, "looking for due items failed");
                    return LOOK;
                }
            };
            for due in claimed {
                let Some(permit) = self.permit().await else {
                    return LOOK;
                };
                self.spawn(permit, due.tenant, due.key, due.item);
            }
        }
    }

    /// How long until the shard's next item is due; `None` when one is.
    async fn wait_of(
        &self,
        shard: Shard,
        scope: &str,
        backlog: &Backlog,
    ) -> ports::Result<Option<Duration>> {
        let Some(at) = self.environment.store.next_due(shard, scope).await? else {
            backlog.clear(shard);
            return Ok(Some(LOOK));
        };
        backlog.waiting_since(shard, at);
        let now = self.environment.store.now().await?;
        Ok((at > now).then(|| at.since(now)))
    }

    async fn fire(self: &Arc<Self>, tenant: &Tenant, key: &str, item: &Item) {
        let span = tracing::info_span!(
            "fire due item",
            otel.kind = "consumer",
            service = self.service,
            key,
            trace_id = tracing::field::Empty
        );
        let handler = self.handler(key);
        let cause = handler.and_then(|handler| handler.traceparent(item));
        trace::continue_from(&span, cause.as_deref());
        self.attempt(tenant, key, item, cause.as_deref())
            .instrument(span)
            .await;
    }

    async fn attempt(
        self: &Arc<Self>,
        tenant: &Tenant,
        key: &str,
        item: &Item,
        cause: Option<&str>,
    ) {
        let metrics = &self.environment.metrics;
        if let Some(due_at) = item.due_at {
            metrics.waited(self.service, Trigger::Timer, due_at);
        }
        let running = metrics.begin(self.service, Trigger::Timer);
        let result = self.once(tenant, key, item, cause).await;
        running.done(&result);
        let Err(failure) = result else { return };
        trace::failed(&Span::current());
        tracing::warn!(service = self.service, key, %failure, "firing a due item failed");
        // Otherwise the hold's end brings the item back.
        if !failure.outage
            && let Err(error) = self.put_off(tenant, key, item, &failure).await
        {
            tracing::warn!(service = self.service, key, %error, "a failed due item comes back when its hold ends");
        }
    }

    /// Whose scope the key is in.
    fn handler(&self, key: &str) -> Option<&dyn DueHandler> {
        let scope = key.split('/').next();
        let mut handlers = self.handlers.iter();
        handlers
            .find(|(of, _)| scope == Some(of))
            .map(|(_, handler)| &**handler)
    }

    async fn once(
        self: &Arc<Self>,
        tenant: &Tenant,
        key: &str,
        item: &Item,
        cause: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(handler) = self.handler(key) else {
            return Err(Failure::fatal(format!(
                "{} has no handler for {key}",
                self.service
            )));
        };
        let invocation = invocation(&self.environment, self.service, tenant, cause);
        let Outcome {
            mut batch,
            fire_now,
        } = caught(handler.fire(&invocation, key, item)).await?;
        let touched = batch.puts.iter().any(|put| put.key == key)
            || batch.deletes.iter().any(|deleted| deleted == key);
        if !touched {
            batch.put_item(Put {
                key: key.to_owned(),
                value: item.value.clone(),
                expires_at: item.expires_at,
                due_at: None,
            });
        }
        batch.conditions.retain(|condition| !matches!(condition, ports::store::Condition::Version(same, _) if same == key));
        batch.expect(key, Some(item.version));
        let firing = Firing::prepare(&batch, &fire_now);
        match trace::commit(&*self.environment.store, tenant, batch).await {
            Ok(committed) => {
                Box::pin(firing.start(self, tenant, committed.version)).await;
                Ok(())
            }
            Err(error) if error.kind() == Kind::Conflict => {
                let present = self
                    .environment
                    .store
                    .get(tenant, key, Read::Strong)
                    .await?;
                if present.is_some_and(|present| present.version == item.version) {
                    return Err(Failure::retry(
                        "others kept changing what the handler had read",
                    ));
                }
                Ok(()) // changed or gone meanwhile: its new state says what comes next
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Counts the failure and sets the next attempt, or puts the item aside.
    async fn put_off(
        &self,
        tenant: &Tenant,
        key: &str,
        item: &Item,
        failure: &Failure,
    ) -> ports::Result<()> {
        let store = &self.environment.store;
        let count_key = format!("{}/due-failures/{key}", self.service);
        let count = store
            .get(tenant, &count_key, Read::Strong)
            .await?
            .map_or(0, |item| read_count(&item.value))
            + 1;
        let given_up = !failure.retryable || count >= MAX_ATTEMPTS;
        let mut put = Put {
            key: key.to_owned(),
            value: item.value.clone(),
            expires_at: item.expires_at,
            due_at: None,
        };
        let mut batch = Batch::new();
        batch.expect(key, Some(item.version));
        if given_up {
            let letter = due_dead_letter(self.service, key, &failure.reason);
            let value = serde_json::to_vec(&letter)
                .map_err(|e| ports::Error::internal("serialising a dead letter").with_source(e))?;
            batch
                .put(dead_letters::key(&letter.id), value)
                .delete(count_key);
        } else {
            let now = store.now().await?;
            put.due_at = Some(now + RETRY.delay(count));
            let forgotten = Some(now + Duration::from_secs(24 * 3600));
            batch.put_item(Put {
                key: count_key,
                value: count.to_string().into(),
                expires_at: forgotten,
                due_at: None,
            });
        }
        batch.put_item(put);
        match store.commit(tenant, batch).await {
            Err(error) if error.kind() == Kind::Conflict => Ok(()),
            Err(error) => Err(error),
            Ok(_) => {
                if given_up {
                    self.environment.metrics.dead_letter(self.service, "due");
                    tracing::error!(
                        service = self.service,
                        key,
                        "a due item became a dead letter"
                    );
                }
                Ok(())
            }
        }
    }
}

fn read_count(value: &[u8]) -> u32 {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// Wraps a service's event handler: redriven due items are the runtime's own business.
pub struct Redriven(pub Arc<dyn EventHandler>);

#[async_trait]
impl EventHandler for Redriven {
    async fn handle(
        &self,
        invocation: &crate::Invocation,
        event: &Recorded,
    ) -> Result<Outcome, Failure> {
        if event.event.event_type != REDRIVE {
            return self.0.handle(invocation, event).await;
        }
        let key = &event.event.subject;
        let mut batch = Batch::new();
        if let Some(item) = invocation.store.get(&event.tenant, key).await? {
            batch.expect(key, Some(item.version)).put_item(Put {
                key: key.clone(),
                value: item.value,
                expires_at: item.expires_at,
                due_at: Some(Timestamp::now()),
            });
        }
        Ok(batch.into())
    }
}

/// When to look at which shard next.
#[derive(Default)]
struct Agenda(BTreeMap<Shard, Instant>);

impl Agenda {
    /// New shards are looked at now, those of others no more; gives those that were ours until now.
    fn keep(&mut self, ours: impl Fn(Shard) -> bool, now: Instant) -> Vec<Shard> {
        let (kept, others): (Vec<_>, Vec<_>) = (0..SHARDS).map(Shard).partition(|s| ours(*s));
        for shard in kept {
            self.0.entry(shard).or_insert(now);
        }
        let lost = |shard: &Shard| self.0.remove(shard).is_some();
        others.into_iter().filter(lost).collect()
    }

    fn take_ripe(&self, now: Instant) -> Vec<Shard> {
        self.0
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(shard, _)| *shard)
            .collect()
    }

    fn set(&mut self, shard: Shard, at: Instant) {
        self.0.insert(shard, at);
    }

    fn hurry(&mut self, shard: Shard) {
        if let Some(at) = self.0.get_mut(&shard) {
            *at = Instant::now();
        }
    }

    fn hurry_all(&mut self) {
        let now = Instant::now();
        self.0.values_mut().for_each(|at| *at = now);
    }

    fn next(&self) -> Instant {
        self.0
            .values()
            .min()
            .copied()
            .unwrap_or_else(|| Instant::now() + LOOK)
    }
}
