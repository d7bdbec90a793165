//! Takes images, makes their variants and serves both.
//!
//! A picture is uploaded over HTTP or handed over by another service; its variants are made on the event that this
//! causes, so that nobody waits for a decoder who did not ask to. [`imaging`] is the pure part: bytes in, bytes out.

mod deletion;
mod discards;
mod handlers;
mod metrics;
mod model;
mod originals;
mod presets;
mod remakes;
mod renders;
mod reservation;
mod routes;
mod studio;
mod variants;

use handlers::{Images, Timers};
use imaging::{Format, Limits};
use renders::{Quota, Renders};
use runtime::{Consumer, Service};
use serde_json::{Value, json};
use std::{io, sync::Arc};
use studio::{Studio, Work};

const NAME: &str = "image-resize";

/// More than any number of instances that is likely: each partition is worked by one of them.
const PARTITIONS: u16 = 16;

/// Fails where the system has no room for threads.
pub fn service(settings: &settings::Settings) -> io::Result<Service> {
    let settings = &settings.image_resize;
    let limits = Limits {
        max_bytes: settings.max_bytes,
        max_pixels: settings.max_pixels,
        max_scans: settings.max_scans,
        ..Limits::default()
    };
    let quota = Quota {
        bytes: settings.render_quota_bytes,
        count: settings.render_quota_count,
    };
    let studio = Arc::new(Studio::new(limits, settings)?);
    let renders = Arc::new(Renders::new(studio.clone()));
    Ok(Service {
        name: NAME,
        openapi: openapi(settings.max_bytes),
        routes: Arc::new(move |config| routes::mount(config, limits, renders.clone())),
        consumer: Some(Consumer {
            types: vec!["image.uploaded.*".to_owned()],
            partitions: PARTITIONS,
            // While pictures are in work further ones wait for their place, and deletions do not wait behind either.
            concurrency: 2 * studio.places(Work::Upload),
            handler: Arc::new(Images::new(studio.clone())),
        }),
        due: vec![(NAME, Arc::new(Timers { studio, quota }))],
    })
}

/// Pointers of the paths whose answers are pictures.
const PICTURES: [&str; 2] = [
    "~1v1~1images~1{id}~1{variant}",
    "~1v1~1images~1{id}~1render",
];

/// The media types of what is written, as OpenAPI describes a body.
fn written() -> Value {
    let binary = json!({ "schema": { "type": "string", "format": "binary" } });
    let types = Format::OUTPUTS.map(|format| (format.media_type().to_owned(), binary.clone()));
    Value::Object(types.into_iter().collect())
}

/// The service's description, with the limit that is in force here and the formats that are written.
fn openapi(max_bytes: u64) -> Value {
    // It is part of the program and read by a test, so the default never comes to be.
    let mut document: Value =
        serde_json::from_str(include_str!("../openapi.json")).unwrap_or_default();
    for operation in ["~1v1~1images/post", "~1v1~1images~1{id}~1content/put"] {
        let limit = format!("/paths/{operation}/x-upload/max_bytes");
        if let Some(limit) = document.pointer_mut(&limit) {
            *limit = max_bytes.into();
        }
    }
    for (schema, formats) in [
        ("ImageFormat", Format::INPUTS.map(Format::name).to_vec()),
        ("OutputFormat", Format::OUTPUTS.map(Format::name).to_vec()),
    ] {
        let pointer = format!("/components/schemas/{schema}/enum");
        if let Some(names) = document.pointer_mut(&pointer) {
            *names = formats.into();
        }
    }
    for path in PICTURES {
        for status in ["200", "206"] {
            let pointer = format!("/paths/{path}/get/responses/{status}/content");
            if let Some(content) = document.pointer_mut(&pointer) {
                *content = written();
            }
        }
    }
    document
}

#[cfg(test)]
mod tests;
