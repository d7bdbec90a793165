//! The gateway's own resources. Their requests come over the bus like everybody else's.

mod dead_letters;
mod jobs;
mod keys;
mod services;
mod signed_urls;
mod tenants;
mod uploads;

use crate::{Accounts, domain::resumable::Quota};
use actix_web::web::{Data, ServiceConfig, delete, get, post};

/// Mounts every route; `accounts` sees all tenants' partitions.
pub fn configure(config: &mut ServiceConfig, accounts: &Data<Accounts>, quota: Quota) {
    config
        .app_data(accounts.clone())
        .app_data(Data::new(quota))
        .route("/v1/keys", post().to(keys::create))
        .route("/v1/keys", get().to(keys::list))
        .route("/v1/keys/{id}", delete().to(keys::delete))
        .route("/v1/tenants", post().to(tenants::create))
        .route("/v1/tenants", get().to(tenants::list))
        .route("/v1/tenants/{id}", delete().to(tenants::delete))
        .route("/v1/signed-urls", post().to(signed_urls::create))
        .route("/v1/uploads", post().to(uploads::create))
        .route("/v1/uploads/{id}", delete().to(uploads::terminate))
        .route("/v1/services", get().to(services::list))
        .route("/v1/jobs", get().to(jobs::list))
        .route("/v1/jobs/{id}", get().to(jobs::get))
        .route("/v1/jobs/{id}", delete().to(jobs::cancel))
        .route("/v1/dead-letters", get().to(dead_letters::list))
        .route("/v1/dead-letters/{id}", delete().to(dead_letters::delete))
        .route(
            "/v1/dead-letters/{id}/redrives",
            post().to(dead_letters::redrive),
        );
}
