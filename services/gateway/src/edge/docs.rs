//! What people read: the merged OpenAPI document and Swagger UI.

use actix_web::HttpResponse;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::{Config, serve};

static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json")));

/// Answers the paths that need no key; `None` for all others.
pub fn page(path: &str, openapi: &str) -> Option<HttpResponse> {
    match path {
        "/" | "/docs" => Some(
            HttpResponse::Found()
                .insert_header(("location", "/docs/"))
                .finish(),
        ),
        "/openapi.json" => Some(
            HttpResponse::Ok()
                .content_type("application/json")
                .body(openapi.to_owned()),
        ),
        _ => path.strip_prefix("/docs/").and_then(asset),
    }
}

fn asset(path: &str) -> Option<HttpResponse> {
    let file = serve(path, CONFIG.clone()).ok()??;
    Some(
        HttpResponse::Ok()
            .content_type(file.content_type)
            .body(file.bytes.into_owned()),
    )
}
