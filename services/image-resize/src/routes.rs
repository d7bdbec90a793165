//! The HTTP side: what callers send and get.

mod accept;
mod content;
mod create;
mod inspect;
mod manage;
mod picture;
mod presets;
mod render;
mod uploads;
mod variant;

use crate::renders::Renders;
use actix_web::web::{Data, ServiceConfig, delete, get, post, put};
use imaging::Limits;
use ports::TypeId;
use std::sync::Arc;
use web::Problem;

pub fn mount(config: &mut ServiceConfig, limits: Limits, renders: Arc<Renders>) {
    config
        .app_data(Data::new(limits))
        .app_data(Data::from(renders))
        .route("/v1/images", post().to(create::create))
        .route("/v1/images/uploads", post().to(uploads::create))
        .route("/v1/images/{id}/content", put().to(content::put))
        .route("/v1/images/{id}", get().to(manage::show))
        .route("/v1/images/{id}", delete().to(manage::delete))
        .route("/v1/images/{id}/render", get().to(render::show))
        .route("/v1/images/{id}/{variant}", get().to(variant::show))
        .route("/v1/presets", post().to(presets::create))
        .route("/v1/presets", get().to(presets::list))
        .route("/v1/presets/{name}", get().to(presets::show))
        .route("/v1/presets/{name}", put().to(presets::replace))
        .route("/v1/presets/{name}", delete().to(presets::delete));
}

/// What is no image id cannot exist either.
fn image_id(text: &str) -> Result<&str, Problem> {
    match TypeId::parse("img", text) {
        Ok(_) => Ok(text),
        Err(_) => Err(unknown()),
    }
}

fn unknown() -> Problem {
    Problem::not_found("the image")
}
