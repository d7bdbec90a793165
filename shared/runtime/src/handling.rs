//! Runs handlers and commits what they return, once.

use crate::{
    HOLD,
    backoff::Backoff,
    due::DueRunner,
    invocation::{Invocation, Reads},
    metrics::Trigger,
    requests::Environment,
    service::{EventHandler, Failure, Outcome},
    trace,
};
use contracts::dead_letters::{self, DeadLetter, Redrive};
use futures_util::FutureExt;
use ports::{
    Batch, Event, Item, Kind, Recorded, Tenant, Timestamp, TypeId,
    store::{Put, Read},
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// An event is tried so often before it becomes a dead letter.
const MAX_ATTEMPTS: u32 = 8;
const RETRY: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(20));
/// How long it is remembered that an event was handled: longer than any redelivery can take.
const INBOX_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Conflicts are settled by trying again at once, so often.
const MAX_CONFLICTS: u32 = 16;

/// The event handler of one service, with all that it takes to run it.
pub struct Handling {
    pub service: &'static str,
    pub handler: Arc<dyn EventHandler>,
    pub environment: Environment,
    pub due: Arc<DueRunner>,
    pub stop: CancellationToken,
}

/// The handler did its work, or the event was put aside: either way it is dealt with for good.
pub struct Settled;

impl Handling {
    /// As many events are in work as may be.
    pub fn throttled(&self) {
        self.environment
            .metrics
            .throttled(self.service, Trigger::PubSub);
    }

    /// `None` when the process stops before the event could be dealt with.
    pub async fn settle(&self, event: &Recorded, redelivered: bool) -> Option<Settled> {
        let span = tracing::info_span!(
            "handle event", otel.kind = "consumer", service = self.service, event_type = %event.event.event_type,
            event_id = %event.event.id, subject = %event.event.subject, trace_id = tracing::field::Empty,
        );
        trace::continue_from(&span, event.event.traceparent.as_deref());
        self.environment
            .metrics
            .waited(self.service, Trigger::PubSub, event.event.time);
        self.attempts(event, redelivered).instrument(span).await
    }

    async fn attempts(&self, event: &Recorded, redelivered: bool) -> Option<Settled> {
        let inbox = format!("{}/inbox/{}", self.service, event.event.id);
        if redelivered
            && self
                .environment
                .store
                .get(&event.tenant, &inbox, Read::Strong)
                .await
                .ok()
                .flatten()
                .is_some()
        {
            return Some(Settled);
        }
        let (mut failures, mut outages) = (0, 0);
        loop {
            let running = self
                .environment
                .metrics
                .begin(self.service, Trigger::PubSub);
            let result = self.once(event, &inbox).await;
            running.done(&result);
            let failure = match result {
                Ok(settled) => return Some(settled),
                Err(failure) => failure,
            };
            trace::failed(&Span::current());
            tracing::warn!(service = self.service, event_id = %event.event.id, %failure, "handling an event failed");
            let delay = if failure.outage {
                outages += 1;
                RETRY.delay(outages)
            } else {
                failures += 1;
                if (!failure.retryable || failures >= MAX_ATTEMPTS)
                    && self.give_up(event, &failure).await.is_ok()
                {
                    return Some(Settled);
                }
                RETRY.delay(failures)
            };
            self.stop
                .run_until_cancelled(tokio::time::sleep(delay))
                .await?;
        }
    }

    async fn once(&self, event: &Recorded, inbox: &str) -> Result<Settled, Failure> {
        for _ in 0..MAX_CONFLICTS {
            let invocation = invocation(
                &self.environment,
                self.service,
                &event.tenant,
                event.event.traceparent.as_deref(),
            );
            let Outcome {
                mut batch,
                fire_now,
            } = caught(self.handler.handle(&invocation, event)).await?;
            if batch.is_empty() {
                return Ok(Settled); // no effect, so nothing to remember: doing it again is harmless
            }
            batch.expect(inbox, None).put_item(Put {
                key: inbox.to_owned(),
                value: "1".into(),
                expires_at: Some(invocation.now + INBOX_KEPT),
                due_at: None,
            });
            let firing = Firing::prepare(&batch, &fire_now);
            match trace::commit(&*self.environment.store, &event.tenant, batch).await {
                Ok(committed) => {
                    firing
                        .start(&self.due, &event.tenant, committed.version)
                        .await;
                    return Ok(Settled);
                }
                Err(error) if error.kind() == Kind::Conflict => {
                    if self
                        .environment
                        .store
                        .get(&event.tenant, inbox, Read::Strong)
                        .await?
                        .is_some()
                    {
                        return Ok(Settled);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Failure::retry(
            "others kept changing what the handler had read",
        ))
    }

    /// The dead letter's id follows from the event's, so that putting it aside twice makes one.
    async fn give_up(&self, event: &Recorded, failure: &Failure) -> Result<(), Failure> {
        let id = format!("dl_{}_{}", self.service.replace('-', ""), event.event.id);
        let letter = DeadLetter {
            id: id.clone(),
            kind: "event".to_owned(),
            service: self.service.to_owned(),
            delivery_id: None,
            subscription_id: None,
            reason: failure.reason.clone(),
            at: Timestamp::now().to_string(),
            redrive: redrive(self.service, &event.event)?,
        };
        let mut batch = Batch::new();
        batch.put(dead_letters::key(&id), serde_json::to_vec(&letter)?);
        self.environment.store.commit(&event.tenant, batch).await?;
        self.environment.metrics.dead_letter(self.service, "event");
        tracing::error!(service = self.service, event_id = %event.event.id, dead_letter = %id, "an event became a dead letter");
        Ok(())
    }
}

fn redrive(service: &str, event: &Event) -> Result<Redrive, Failure> {
    let data = if event.data.is_empty() {
        serde_json::Value::Null
    } else {
        serde_json::from_slice(&event.data)?
    };
    Ok(Redrive {
        to: service.to_owned(),
        event_id: event.id.clone(),
        event_type: event.event_type.clone(),
        source: event.source.clone(),
        subject: event.subject.clone(),
        data,
        traceparent: event.traceparent.clone(),
    })
}

/// The due items of a batch that are to be fired as soon as it is committed.
pub struct Firing(Vec<Put>, Timestamp);

impl Firing {
    pub fn prepare(batch: &Batch, keys: &[String]) -> Self {
        let wanted = |put: &&Put| put.due_at.is_some() && keys.contains(&put.key);
        Self(
            if keys.is_empty() {
                Vec::new()
            } else {
                batch.puts.iter().filter(wanted).cloned().collect()
            },
            Timestamp::now(),
        )
    }

    /// Waits for room; what would come too close to the hold's end is left to the due index.
    pub async fn start(self, due: &Arc<DueRunner>, tenant: &Tenant, version: u64) {
        for put in self.0 {
            let Some(permit) = due.permit().await else {
                return;
            };
            if Timestamp::now().since(self.1) > HOLD / 3 {
                return;
            }
            let item = Item {
                value: put.value,
                version,
                expires_at: put.expires_at,
                due_at: put.due_at,
            };
            due.spawn(permit, tenant.clone(), put.key, item);
        }
    }
}

pub fn invocation(
    environment: &Environment,
    service: &'static str,
    tenant: &Tenant,
    traceparent: Option<&str>,
) -> Invocation {
    Invocation {
        tenant: tenant.clone(),
        store: Reads::new(environment.store.clone()),
        blobs: environment.blobs.clone(),
        service,
        traceparent: trace::traceparent(&Span::current(), traceparent),
        now: Timestamp::now(),
    }
}

/// A panic of a handler is a failure like any other.
pub async fn caught<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(Failure::retry("the handler panicked")),
    }
}

/// Ids of dead letters of due items are made anew: their work is put aside in the same commit.
pub fn due_dead_letter(service: &'static str, key: &str, reason: &str) -> DeadLetter {
    let id = TypeId::new("dl").to_string();
    DeadLetter {
        id: id.clone(),
        kind: "due".to_owned(),
        service: service.to_owned(),
        delivery_id: None,
        subscription_id: None,
        reason: reason.to_owned(),
        at: Timestamp::now().to_string(),
        redrive: Redrive {
            to: service.to_owned(),
            event_id: id,
            event_type: crate::due::REDRIVE.to_owned(),
            source: "/gateway".to_owned(),
            subject: key.to_owned(),
            data: serde_json::Value::Null,
            traceparent: None,
        },
    }
}
