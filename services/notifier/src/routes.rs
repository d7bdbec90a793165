//! The notifier's part of the API: subscriptions and deliveries.

mod deliveries;
mod input;
mod secrets;
mod subscriptions;
mod view;

use crate::{
    directory::Directory,
    domain::{filing::Filing, keys, sealing::Sealer, subscription::Subscription},
    outbound::guard::Guard,
};
use actix_web::web::{Data, ServiceConfig, delete, get, patch, post};
use ports::{Batch, Item};
use runtime::Invocation;
use std::sync::Arc;
use web::{EntityTag, Problem, ProblemKind};

/// What the routes work with.
pub struct Api {
    pub directory: Arc<Directory>,
    pub sealer: Sealer,
    pub guard: Guard,
    pub filing: Filing,
}

pub fn mount(config: &mut ServiceConfig, api: Data<Api>) {
    config
        .app_data(api)
        .route("/v1/subscriptions", post().to(subscriptions::create))
        .route("/v1/subscriptions", get().to(subscriptions::list))
        .route("/v1/subscriptions/{id}", get().to(subscriptions::show))
        .route("/v1/subscriptions/{id}", patch().to(subscriptions::change))
        .route("/v1/subscriptions/{id}", delete().to(subscriptions::delete))
        .route("/v1/subscriptions/{id}/secrets", post().to(secrets::rotate))
        .route("/v1/deliveries", get().to(deliveries::list))
        .route("/v1/deliveries/{id}", get().to(deliveries::show))
        .route("/v1/deliveries/{id}/retries", post().to(deliveries::retry));
}

/// A subscription as it is stored now; a malformed id is as unknown as any other.
async fn find(invocation: &Invocation, id: &str) -> Result<(Subscription, Item), Problem> {
    let unknown = || Problem::not_found(format!("the subscription {id:?}"));
    let id = keys::subscription_id(id).ok_or_else(unknown)?;
    let key = keys::subscription(id.as_str());
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    let item = item.ok_or_else(unknown)?;
    let subscription = serde_json::from_slice(&item.value).map_err(unreadable)?;
    Ok((subscription, item))
}

/// Writes a subscription that was read at this version, or a new one.
fn put(subscription: &Subscription, version: Option<u64>) -> Result<Batch, Problem> {
    let key = keys::subscription(&subscription.id);
    let value = serde_json::to_vec(subscription).map_err(unreadable)?;
    let mut batch = Batch::new();
    batch
        .expect(key.clone(), version)
        .put(key, value)
        .put(keys::REVISION, "");
    Ok(batch)
}

fn tag(subscription: &Subscription) -> EntityTag {
    EntityTag::new(subscription.version)
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` has it
fn unreadable(error: serde_json::Error) -> Problem {
    tracing::error!(%error, "a stored item cannot be read or written");
    Problem::new(
        ProblemKind::Internal,
        "the fault was logged under this request's id",
    )
}
