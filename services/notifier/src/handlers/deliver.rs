use super::metrics::Metrics;
use crate::{
    directory::{Directory, Snapshot},
    domain::{
        attempt::{Exchange, Verdict},
        delivery::{Delivery, Envelope, Status},
        filing::Filing,
        keys,
        message::Message,
        schedule::Schedule,
        sealing::{Sealed, Sealer, Use},
        subscription::{self, GONE, Gone, Subscription},
    },
    outbound::{
        sender::Sender,
        slots::{Busy, Slots},
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use contracts::{dead_letters, deliveries};
use ports::{Batch, Event, Item, Timestamp, store::Put};
use runtime::{DueHandler, Failure, Invocation, Outcome, trace};
use std::{sync::Arc, time::Duration};
use tracing::{Instrument, Span};

/// Makes one attempt of a delivery that is due.
pub struct Deliver {
    pub directory: Arc<Directory>,
    pub filing: Filing,
    pub sealer: Sealer,
    pub schedule: Schedule,
    pub slots: Slots,
    pub sender: Sender,
    pub metrics: Metrics,
}

#[async_trait]
impl DueHandler for Deliver {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        let delivery: Delivery = serde_json::from_slice(&item.value)?;
        if matches!(delivery.status, Status::Delivered | Status::Dead) {
            return Ok(Outcome::default());
        }
        let (snapshot, data) = self.read(invocation, &delivery.event).await?;
        let subscription = match usable(&snapshot, &delivery.subscription_id) {
            Ok(subscription) => subscription,
            Err(reason) => return self.abandon(invocation, delivery, reason),
        };
        let endpoint = &subscription.endpoint;
        let slot = match self.slots.acquire(&invocation.tenant, endpoint).await {
            Ok(slot) => slot,
            Err(Busy(wait)) => {
                self.metrics.put_off();
                return Ok(put_back(key, item, wait));
            }
        };
        let span = tracing::info_span!(
            "deliver", otel.kind = "client", delivery = %delivery.id, subscription = %subscription.id,
            event_id = %delivery.event.id, ?endpoint, http.response.status_code = tracing::field::Empty,
        );
        let call = Call {
            invocation,
            subscription,
            data,
            traceparent: trace::traceparent(&span, invocation.traceparent.as_deref()),
        };
        let attempt = self.attempt(&call, &delivery).instrument(span.clone());
        let exchange = attempt.await?;
        tell(&span, &exchange);
        slot.done(exchange.latency);
        self.settle(&call, delivery, &exchange)
    }

    fn traceparent(&self, item: &Item) -> Option<String> {
        let delivery: Delivery = serde_json::from_slice(&item.value).ok()?;
        delivery.traceparent.or(delivery.event.traceparent)
    }
}

/// What one attempt works with.
struct Call<'a> {
    invocation: &'a Invocation,
    subscription: &'a Subscription,
    data: Option<Bytes>,
    traceparent: Option<String>,
}

impl Deliver {
    /// The subscriptions and the event's data as they are now, in one read.
    async fn read(
        &self,
        invocation: &Invocation,
        event: &Envelope,
    ) -> Result<(Arc<Snapshot>, Option<Bytes>), Failure> {
        let Invocation { store, tenant, .. } = invocation;
        let wanted = [
            keys::REVISION.to_owned(),
            keys::event_data(&event.subject, event.sequence),
        ];
        let mut items = store.batch_get(tenant, &wanted).await?.into_iter();
        let revision = items.next().flatten();
        let data = items.next().flatten().map(|item| item.value);
        let snapshot = self.directory.at(store, tenant, revision.as_ref()).await?;
        Ok((snapshot, data))
    }

    async fn attempt(&self, call: &Call<'_>, delivery: &Delivery) -> Result<Exchange, Failure> {
        let tenant = &call.invocation.tenant;
        let message = Message::new(&delivery.event, tenant, call.data.clone())?;
        let at = Timestamp::now();
        Ok(match call.subscription.open_secrets(&self.sealer, at) {
            Ok(secrets) => {
                let (endpoint, trace) = (&call.subscription.endpoint, call.traceparent.as_deref());
                self.sender.send(endpoint, &message, &secrets, trace).await
            }
            Err(error) => Exchange {
                at,
                latency: Duration::ZERO,
                result: Err(error.to_string()),
            },
        })
    }

    /// What the attempt comes to, as a batch.
    fn settle(
        &self,
        call: &Call<'_>,
        mut delivery: Delivery,
        exchange: &Exchange,
    ) -> Result<Outcome, Failure> {
        let now = Timestamp::now();
        let verdict = exchange.verdict(delivery.failures, &self.schedule, rand::random());
        self.metrics.attempt(&verdict, exchange.latency);
        let answer = self.seal_answer(exchange, call.data.as_deref().unwrap_or_default())?;
        let told = delivery.attempted(exchange.record(answer), &verdict, now);
        let mut batch = Batch::new();
        if told == deliveries::DEAD {
            let letter = delivery.put_aside(now);
            batch.put(dead_letters::key(&letter.id), serde_json::to_vec(&letter)?);
            self.metrics.dead_letter();
            tracing::warn!(delivery = %delivery.id, subscription = %delivery.subscription_id, reason = letter.reason, dead_letter = %letter.id, "a delivery is dead");
        }
        if verdict == Verdict::Gone {
            let gone = Gone {
                subscription_id: call.subscription.id.clone(),
                version: call.subscription.version,
            };
            let id = &call.subscription.id;
            batch.event(call.invocation.message(keys::SCOPE, GONE, id, &gone)?);
        }
        let due_at = delivery.next_attempt_at;
        self.filing.put(&mut batch, &delivery, due_at, now)?;
        batch.event(Event {
            traceparent: call.traceparent.clone(),
            ..call
                .invocation
                .event(told, &delivery.id, &delivery.changed())?
        });
        Ok(batch.into())
    }

    fn seal_answer(&self, exchange: &Exchange, data: &[u8]) -> Result<Option<Sealed>, Failure> {
        match &exchange.result {
            Ok(reply) => self
                .sealer
                .seal(Use::Answer, data, &reply.body)
                .map(Some)
                .map_err(|error| Failure::fatal(error.to_string())),
            Err(_) => Ok(None),
        }
    }

    /// Ends a delivery that nobody waits for: no attempt, and nothing to redrive.
    fn abandon(
        &self,
        invocation: &Invocation,
        mut delivery: Delivery,
        reason: &str,
    ) -> Result<Outcome, Failure> {
        let told = delivery.die(reason);
        let mut batch = Batch::new();
        self.filing
            .put(&mut batch, &delivery, None, invocation.now)?;
        batch.event(Event {
            traceparent: delivery.event.traceparent.clone(),
            ..invocation.event(told, &delivery.id, &delivery.changed())?
        });
        Ok(batch.into())
    }
}

/// How it went, in the attempt's span.
fn tell(span: &Span, exchange: &Exchange) {
    let status = exchange.result.as_ref().ok().map(|reply| reply.status);
    span.record("http.response.status_code", status);
    if status.is_none_or(|status| status >= 400) {
        trace::failed(span);
    }
}

/// The subscription, or why nothing is sent to it any more.
fn usable<'a>(snapshot: &'a Snapshot, id: &str) -> Result<&'a Subscription, &'static str> {
    match snapshot.subscriptions.get(id) {
        None => Err("the subscription was deleted"),
        Some(found) if found.status == subscription::Status::Disabled => {
            Err("the subscription is disabled")
        }
        Some(found) => Ok(found),
    }
}

/// Unchanged, for a while: its endpoint has enough to do.
fn put_back(key: &str, item: &Item, wait: Duration) -> Outcome {
    let mut batch = Batch::new();
    batch.put_item(Put {
        key: key.to_owned(),
        value: item.value.clone(),
        expires_at: item.expires_at,
        due_at: Some(Timestamp::now() + wait),
    });
    batch.into()
}
