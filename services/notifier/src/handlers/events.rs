use crate::{
    directory::Directory,
    domain::{
        delivery::{Delivery, Envelope, REDRIVE, Status},
        filing::Filing,
        keys,
        subscription::{GONE, Gone, Subscription, tells_of_delivery},
    },
};
use async_trait::async_trait;
use ports::{Batch, Recorded};
use runtime::{EventHandler, Failure, HOLD, Invocation, Outcome};
use serde::Deserialize;
use std::sync::Arc;

/// Data of [`REDRIVE`].
#[derive(Deserialize)]
struct Redriven {
    delivery_id: String,
}

/// Fans events out to subscriptions, and takes the notifier's own messages.
pub struct Events {
    pub directory: Arc<Directory>,
    pub filing: Filing,
}

#[async_trait]
impl EventHandler for Events {
    async fn handle(&self, invocation: &Invocation, event: &Recorded) -> Result<Outcome, Failure> {
        let event_type = event.event.event_type.as_str();
        match (&event.event.to, event_type) {
            (Some(_), REDRIVE) => {
                let message = serde_json::from_slice::<Redriven>(&event.event.data)?;
                self.redrive(invocation, &message.delivery_id).await
            }
            (Some(_), GONE) => {
                disable(invocation, &serde_json::from_slice(&event.event.data)?).await
            }
            (Some(_), unknown) => Err(Failure::fatal(format!("unknown message {unknown}"))),
            (None, own) if tells_of_delivery(own) => Ok(Outcome::default()),
            (None, _) => self.fan_out(invocation, event).await,
        }
    }
}

impl Events {
    /// One delivery for each subscription that wants the event. This process makes the first attempts at once; should
    /// it die, another does when the hold ends.
    async fn fan_out(&self, invocation: &Invocation, event: &Recorded) -> Result<Outcome, Failure> {
        let now = invocation.now;
        let snapshot = self
            .directory
            .current(&invocation.store, &invocation.tenant)
            .await?;
        let mut outcome = Outcome::default();
        for subscription in snapshot.subscriptions.values() {
            if !subscription.wants(&event.event.event_type) {
                continue;
            }
            let mut delivery = Delivery::new(Envelope::from(event), &subscription.id, now);
            delivery.traceparent.clone_from(&invocation.traceparent);
            self.filing
                .put(&mut outcome.batch, &delivery, Some(now + HOLD), now)?;
            self.filing.list(&mut outcome.batch, &delivery, now);
            outcome.fire_now.push(keys::delivery(&delivery.id));
        }
        Ok(outcome)
    }

    /// Only what is dead needs another chance; what came back to life meanwhile has had it.
    async fn redrive(&self, invocation: &Invocation, id: &str) -> Result<Outcome, Failure> {
        let now = invocation.now;
        let key = keys::delivery(id);
        let Some(item) = invocation.store.get(&invocation.tenant, &key).await? else {
            return Ok(Outcome::default());
        };
        let mut delivery: Delivery = serde_json::from_slice(&item.value)?;
        if delivery.status != Status::Dead {
            return Ok(Outcome::default());
        }
        delivery.traceparent.clone_from(&invocation.traceparent);
        Ok(Outcome {
            batch: self
                .filing
                .retry(&mut delivery, item.version, now + HOLD, now)?,
            fire_now: vec![key],
        })
    }
}

/// The receiver said 410. If the subscription was changed since, its owner may have mended it.
async fn disable(invocation: &Invocation, gone: &Gone) -> Result<Outcome, Failure> {
    let key = keys::subscription(&gone.subscription_id);
    let mut batch = Batch::new();
    if let Some(item) = invocation.store.get(&invocation.tenant, &key).await? {
        let mut subscription: Subscription = serde_json::from_slice(&item.value)?;
        if subscription.version == gone.version {
            subscription.disable("the endpoint answered 410 Gone");
            subscription.touch(invocation.now);
            batch
                .expect(key.clone(), Some(item.version))
                .put(key, serde_json::to_vec(&subscription)?)
                .put(keys::REVISION, "");
        }
    }
    Ok(batch.into())
}
