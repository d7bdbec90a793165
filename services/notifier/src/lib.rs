//! Tells the outside what happened: subscriptions on event types, and signed webhooks that are tried until they are
//! delivered or dead.
//!
//! An event becomes one delivery for each subscription that wants it, in one commit. A delivery is a due item: firing it
//! is one attempt, and its outcome, next attempt included, is one commit again. So a crash anywhere costs at most a
//! repeated attempt, under the same `webhook-id`.

mod directory;
mod domain;
mod handlers;
mod outbound;
mod routes;

use crate::{
    directory::Directory,
    domain::{filing::Filing, keys, pace, schedule::Schedule, sealing::Sealer},
    handlers::{Deliver, Events},
    outbound::{guard::Guard, sender::Sender, slots::Slots},
    routes::Api,
};
use actix_web::web::Data;
use runtime::{Consumer, HOLD, Service};
use settings::Settings;
use std::{sync::Arc, time::Duration};

const PARTITIONS: u16 = 16;
/// Fan-outs in work at once; each is one read and one commit.
const FAN_OUTS: usize = 256;

/// Longest time that one attempt may take. A delivery's hold must also cover the third of it that the runtime may wait for
/// room, the wait for a slot, and the commit.
const MAX_TIMEOUT: Duration =
    Duration::from_secs(HOLD.as_secs() - HOLD.as_secs() / 3 - pace::MAX_WAIT.as_secs() - 1);

/// Why the service cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("notifier.timeout is more than {MAX_TIMEOUT:?}")]
    Timeout,
    #[error("secrets_key is missing")]
    SecretsKey,
    #[error("preparing the client for webhooks")]
    Client(#[from] reqwest::Error),
    #[error("the service's OpenAPI document")]
    Description(#[from] serde_json::Error),
}

/// The service. `settings.secrets_key` must be there: it seals the subscriptions' signing secrets, which are lost with it.
pub fn service(settings: &Settings) -> Result<Service, Error> {
    let notifier = &settings.notifier;
    if notifier.timeout.0 > MAX_TIMEOUT {
        return Err(Error::Timeout);
    }
    let secrets_key = settings.secrets_key.as_ref().ok_or(Error::SecretsKey)?;
    let guard = Guard {
        allow_private: notifier.allow_private_networks,
    };
    let schedule = Schedule::new(notifier.retry_delays.0.clone());
    let filing = Filing::new(notifier.delivery_retention.0, &schedule);
    let directory = Arc::new(Directory::default());
    let sealer = Sealer::new(secrets_key);
    let deliver = Deliver {
        directory: directory.clone(),
        filing,
        sealer: sealer.clone(),
        schedule,
        slots: Slots::new(notifier.concurrency, notifier.endpoint_concurrency),
        sender: Sender::new(guard, notifier.timeout.0, notifier.endpoint_concurrency)?,
        metrics: handlers::Metrics::default(),
    };
    let events = Events {
        directory: directory.clone(),
        filing,
    };
    let api = Data::new(Api {
        directory,
        sealer,
        guard,
        filing,
    });
    Ok(Service {
        name: keys::SCOPE,
        openapi: serde_json::from_str(include_str!("../openapi.json"))?,
        routes: Arc::new(move |config| routes::mount(config, api.clone())),
        consumer: Some(Consumer {
            types: vec!["*".to_owned()],
            partitions: PARTITIONS,
            concurrency: FAN_OUTS,
            handler: Arc::new(events),
        }),
        due: vec![(keys::SCOPE, Arc::new(deliver))],
    })
}
