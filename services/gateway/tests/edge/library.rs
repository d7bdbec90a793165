//! A made-up service: a library whose cards are kept over DAV, and which gives out books page after page.

use actix_web::{
    HttpRequest,
    http::{Method, StatusCode, header},
    web::{self as actix, Bytes, Data, Query},
};
use runtime::{Ctx, Service};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use web::{Answer, Body, Problem, ProblemKind};

/// Bytes of a page.
pub const PAGE: usize = 1 << 20;
/// What the library says itself, in the words of DAV.
pub const BAD_TOKEN: &str = "<d:error xmlns:d=\"DAV:\"><d:valid-sync-token/></d:error>";

/// How many pages have been asked for.
pub type Asked = Arc<AtomicUsize>;

pub fn service(asked: &Asked) -> Service {
    let asked = Data::new(asked.clone());
    Service {
        name: "library",
        openapi: document(),
        routes: Arc::new(move |config| {
            config
                .app_data(asked.clone())
                .service(
                    actix::resource("/cards{path:.*}")
                        .route(actix::method(method("PROPFIND")).to(echo))
                        .route(actix::method(method("REPORT")).to(report))
                        .route(actix::method(method("MKCOL")).to(refuse))
                        .route(actix::put().to(echo)),
                )
                .service(
                    actix::resource("/readers/{reader}/books")
                        .route(actix::method(method("PROPFIND")).to(echo)),
                )
                .service(actix::resource("/phones/{kind}.xml").route(actix::get().to(echo)))
                .service(
                    actix::resource("/book")
                        .route(actix::get().to(page))
                        .route(actix::post().to(page)),
                );
        }),
        consumer: None,
        due: Vec::new(),
    }
}

fn method(name: &str) -> Method {
    name.parse().expect("a method")
}

fn document() -> Value {
    let xml = json!({ "content": { "application/xml": {}, "text/xml": {} } });
    let query = ["pages", "fail"].map(|name| json!({ "in": "query", "name": name, "schema": {} }));
    json!({
        "openapi": "3.1.0",
        "info": { "title": "library", "version": "1" },
        "paths": {
            "/": { "x-redirect": "/cards/" },
            "/.well-known/cards": { "x-redirect": "/cards/" },
            "/cards/{path}": {
                "x-wildcard": true,
                "x-errors": "dav",
                "x-options-headers": { "DAV": "1, 3, addressbook" },
                "put": {
                    "x-scope": "contacts:write",
                    "x-max-body-bytes": 1_500_000,
                    "requestBody": { "required": true, "content": { "text/vcard": {} } },
                },
                "x-additional-operations": {
                    "PROPFIND": { "requestBody": xml },
                    "REPORT": { "requestBody": xml },
                    "MKCOL": { "requestBody": { "content": { "*/*": {} } } },
                },
            },
            "/readers/{reader}/books": { "x-errors": "dav", "x-additional-operations": { "PROPFIND": {} } },
            "/phones/{kind}.xml": { "get": { "x-basic": true } },
            "/book": { "parameters": query, "get": {}, "post": {} },
        },
    })
}

/// What has arrived.
async fn echo(_: Ctx, request: HttpRequest, body: Bytes) -> Answer {
    let field = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    let seen = format!(
        "{} {} depth={:?} user-agent={:?} body={}",
        request.method(),
        request.path(),
        field("depth"),
        field("user-agent"),
        body.len(),
    );
    Answer::new(
        StatusCode::MULTI_STATUS,
        Body::Bytes("application/xml".to_owned(), seen.into()),
    )
}

/// Gives the request's own body back, twice; refuses an empty one.
async fn report(ctx: Ctx, body: Bytes) -> Answer {
    if body.is_empty() {
        let body = Body::Bytes("application/xml".to_owned(), BAD_TOKEN.into());
        return Answer::new(StatusCode::FORBIDDEN, body);
    }
    let body = Body::Bytes("application/xml".to_owned(), body);
    let answer = Answer::new(StatusCode::MULTI_STATUS, body);
    match ctx.continuation() {
        None => answer.continued("again"),
        Some(_) => answer,
    }
}

async fn refuse(_: Ctx) -> Result<Answer, Problem> {
    let detail = "a card is no <folder>";
    Err(Problem::new(ProblemKind::Conflict, detail))
}

#[derive(Deserialize)]
struct Wanted {
    pages: usize,
    /// What becomes of the third page.
    fail: Option<String>,
}

/// A book of as many pages as are wanted, each full of its number.
async fn page(ctx: Ctx, wanted: Query<Wanted>, asked: Data<Asked>) -> Result<Answer, Problem> {
    asked.fetch_add(1, Ordering::SeqCst);
    let number: usize = ctx.continuation().unwrap_or("0").parse().unwrap_or(0);
    let mut status = StatusCode::OK;
    let mut next = (number + 1 < wanted.pages).then_some(number + 1);
    match wanted.fail.as_deref().filter(|_| number == 2) {
        Some("refuse") => return Err(Problem::new(ProblemKind::Unavailable, "no paper")),
        Some("panic") => panic!("no ink"),
        Some("hang") => std::future::pending().await,
        Some("status") => status = StatusCode::ACCEPTED,
        Some("loop") => next = Some(number),
        _ => {}
    }
    let bytes = Bytes::from(vec![number as u8; PAGE]);
    let answer = Answer::new(status, Body::Bytes("text/plain".to_owned(), bytes))
        .header(header::ETAG, "\"book\"");
    Ok(match next {
        Some(next) => answer.continued(next.to_string()),
        None => answer,
    })
}
