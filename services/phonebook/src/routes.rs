//! The HTTP face: requests to values, values to answers with their effects.

mod contacts;
mod directory;
mod history;
mod input;
mod list;
mod photo;
#[cfg(test)]
mod tests;

use crate::domain::{Contact, Region, contact::ID_PREFIX};
use actix_web::http::StatusCode;
use actix_web::web::{Data, PayloadConfig, ServiceConfig, get, resource};
use ports::TypeId;
use runtime::Ctx;
use web::{Answer, Problem};

/// What the gateway lets through as a JSON body.
const MAX_BODY_BYTES: usize = 1 << 20;

#[derive(Debug, Clone)]
pub struct Config {
    /// Where numbers without `+` are dialled.
    pub default_region: Option<Region>,
}

pub fn mount(app: &mut ServiceConfig, config: &Config) {
    app.app_data(Data::new(config.clone()))
        .app_data(PayloadConfig::new(MAX_BODY_BYTES))
        .service(
            resource("/v1/contacts")
                .get(list::list)
                .post(contacts::create),
        )
        .service(
            resource("/v1/contacts/{id}")
                .get(contacts::show)
                .put(contacts::replace)
                .patch(contacts::patch)
                .delete(contacts::delete),
        )
        .route("/v1/contacts/{id}/history", get().to(history::list))
        .service(
            resource("/v1/contacts/{id}/photo")
                .get(photo::show)
                .put(photo::upload)
                .delete(photo::delete),
        )
        .configure(directory::mount);
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
