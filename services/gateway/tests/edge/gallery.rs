//! A made-up service that takes pictures in every way there is, and remembers what it took.

use actix_web::{
    http::{StatusCode, header},
    web::{self as actix, Data},
};
use bytes::Bytes;
use ports::{Batch, TypeId};
use runtime::{Ctx, Service};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use web::{Answer, Problem, ProblemKind};

/// Largest picture in bytes.
pub const LARGEST: usize = 1 << 20;

/// The ids of the keys for which the gallery was asked to take a picture.
pub type Taken = Arc<Mutex<Vec<String>>>;

pub fn service(taken: &Taken) -> Service {
    let taken = Data::new(taken.clone());
    Service {
        name: "gallery",
        openapi: document(),
        routes: Arc::new(move |config| {
            config
                .app_data(taken.clone())
                .route("/pictures", actix::post().to(take))
                .route("/pictures/invitations", actix::post().to(invite))
                .route("/pictures/{id}", actix::put().to(take))
                .route("/pictures/{id}", actix::get().to(show))
                .route("/pictures/{id}", actix::delete().to(show));
        }),
        consumer: None,
        due: Vec::new(),
    }
}

fn document() -> Value {
    let query = |name| json!({ "in": "query", "name": name, "schema": {} });
    let picture = json!({ "required": true, "content": { "image/*": {} } });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "gallery", "version": "1" },
        "paths": {
            "/pictures": { "post": {
                "x-scope": "images:write",
                "x-upload": { "max_bytes": LARGEST, "resumable": "/v1/uploads" },
                "parameters": [query("title")],
                "requestBody": { "required": true, "content": { "image/*": {}, "multipart/form-data": {} } },
            } },
            "/pictures/invitations": { "post": {
                "x-scope": "images:write",
                "x-signs": { "/url": { "method": "PUT", "expires": "/until" } },
                "requestBody": { "content": { "application/json": {} } },
            } },
            "/pictures/{id}": {
                "put": {
                    "x-scope": "images:write",
                    "x-signed": true,
                    "x-upload": { "max_bytes": LARGEST, "bound": { "size": "size", "type": "type" } },
                    "parameters": [query("size"), query("type")],
                    "requestBody": picture,
                },
                "get": { "x-scope": "images:read", "x-signed": true, "parameters": [query("w"), query("title")] },
                "delete": { "x-scope": "images:write" },
            },
        },
    })
}

/// Tells what has come. A picture that begins with `no` is refused, one that begins with `later` for now.
async fn take(
    ctx: Ctx,
    request: actix_web::HttpRequest,
    taken: Data<Taken>,
) -> Result<Answer, Problem> {
    let tries = {
        let mut taken = taken.lock().expect("a list");
        taken.push(ctx.principal().key_id.clone());
        taken.len()
    };
    let upload = ctx.upload()?;
    let stored = ctx.blobs.get(&upload.blob, None).await?;
    let pieces: Vec<Bytes> = futures_util::TryStreamExt::try_collect(stored).await?;
    let bytes = pieces.concat();
    if bytes.starts_with(b"no") {
        return Err(Problem::new(
            ProblemKind::UnsupportedMediaType,
            "no picture",
        ));
    }
    if bytes.starts_with(b"later") && tries < 2 {
        return Err(Problem::new(ProblemKind::Unavailable, "not yet"));
    }
    let mut batch = Batch::new();
    runtime::adopt(&mut batch, upload);
    let seen = json!({
        "bytes": upload.bytes,
        "sha256": upload.sha256,
        "type": upload.content_type,
        "query": request.query_string(),
        "key": ctx.principal().key_id,
        "scopes": ctx.principal().scopes,
    });
    let path = format!("/pictures/{}", TypeId::new("pic"));
    Ok(Answer::json(StatusCode::CREATED, &seen)?
        .header(header::CONTENT_LOCATION, path)
        .commit(batch))
}

async fn invite(ctx: Ctx, body: Bytes) -> Result<Answer, Problem> {
    let mut answer = web::input::json(&body)?;
    let seconds = answer["seconds"].as_u64().unwrap_or(60);
    answer["until"] = json!(ctx.now + Duration::from_secs(seconds));
    Answer::json(StatusCode::CREATED, &answer)
}

/// Tells how it was asked.
async fn show(ctx: Ctx, request: actix_web::HttpRequest) -> Result<Answer, Problem> {
    let principal = ctx.principal();
    let seen = json!({ "target": request.uri().to_string(), "key": principal.key_id, "scopes": principal.scopes });
    Answer::json(StatusCode::OK, &seen)
}
