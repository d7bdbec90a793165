//! The HTTP face: requests to values, values to answers with their effects.

mod batch;
mod books;
mod contacts;
mod dav;
mod directory;
mod duplicates;
mod export;
mod groups;
mod history;
mod imports;
mod list;
mod lookup;
mod merges;
mod named;
mod photo;
mod preferences;
#[cfg(test)]
mod tests;

use crate::{
    domain::{Contact, Region, Zone, contact::ID_PREFIX},
    input,
};
use actix_web::http::StatusCode;
use actix_web::web::{Data, PayloadConfig, ServiceConfig, delete, get, post, put, resource};
use ports::TypeId;
use runtime::Ctx;
use web::{Answer, Problem};

/// What the gateway lets through as a JSON body.
const MAX_BODY_BYTES: usize = 1 << 20;

#[derive(Debug, Clone)]
pub struct Config {
    /// Where numbers without `+` are dialled.
    pub default_region: Option<Region>,
    /// When days begin and end, for tenants that have not said where they are.
    pub time_zone: Zone,
}

pub fn mount(app: &mut ServiceConfig, config: &Config) {
    app.app_data(Data::new(config.clone()))
        .app_data(PayloadConfig::new(MAX_BODY_BYTES))
        .service(
            resource("/v1/contacts")
                .get(list::list)
                .post(contacts::create),
        )
        .route("/v1/contacts/batch", post().to(batch::run))
        .route("/v1/contacts/duplicates", get().to(duplicates::list))
        .route("/v1/contacts/merges", post().to(merges::create))
        .service(
            resource("/v1/contacts/merges/{id}")
                .get(merges::show)
                .delete(merges::undo),
        )
        .route("/v1/contacts/imports", post().to(imports::begin))
        .route("/v1/contacts/export", get().to(export::show))
        .service(
            resource("/v1/contacts/{id}")
                .get(contacts::show)
                .put(contacts::replace)
                .patch(contacts::patch)
                .delete(contacts::delete),
        )
        .route("/v1/contacts/{id}/history", get().to(history::list))
        .route("/v1/contacts/{id}/restores", post().to(history::restore))
        .service(
            resource("/v1/contacts/{id}/photo")
                .get(photo::show)
                .put(photo::upload)
                .delete(photo::delete),
        )
        .service(resource("/v1/books").get(books::list).post(books::create))
        .service(
            resource("/v1/books/{id}")
                .get(books::show)
                .patch(books::patch)
                .delete(books::delete),
        )
        .service(
            resource("/v1/groups")
                .get(groups::list)
                .post(groups::create),
        )
        .service(
            resource("/v1/groups/{id}")
                .get(groups::show)
                .patch(groups::patch)
                .delete(groups::delete),
        )
        .route(
            "/v1/groups/{id}/members/{contact_id}",
            put().to(groups::add_member),
        )
        .route(
            "/v1/groups/{id}/members/{contact_id}",
            delete().to(groups::remove_member),
        )
        .service(
            resource("/v1/preferences")
                .get(preferences::show)
                .patch(preferences::patch),
        )
        .route("/v1/lookup", get().to(lookup::show))
        .configure(directory::mount)
        .configure(dav::mount);
}

/// A malformed id names nothing, like an unknown one.
fn contact_id(id: &str) -> Result<String, Problem> {
    TypeId::parse(ID_PREFIX, id)
        .map(String::from)
        .map_err(|_| unknown(id))
}

fn unknown(id: &str) -> Problem {
    let shown: String = id.chars().take(40).collect();
    Problem::not_found(format_args!("the contact {shown}"))
}

async fn find(ctx: &Ctx, id: &str) -> Result<crate::storage::Found, Problem> {
    let id = contact_id(id)?;
    let found = crate::storage::contacts::find(ctx, &id).await?;
    found.ok_or_else(|| unknown(&id))
}

fn shown(status: StatusCode, contact: &Contact) -> Result<Answer, Problem> {
    Ok(Answer::json(status, &contact.view())?.etag(&contact.etag()))
}
