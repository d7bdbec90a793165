//! The admin port: `/livez`, `/readyz` and `/metrics`, for orchestrators and Prometheus, never for the public.

use crate::health::Health;
use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use std::{io, net::SocketAddr, sync::Arc};

/// Renders the metrics in Prometheus' text format.
pub type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// Starts listening; the address tells which port was taken when port 0 was asked for.
pub fn start(
    listen: &str,
    health: Health,
    render: Render,
) -> io::Result<(SocketAddr, ServerHandle)> {
    let server = HttpServer::new(move || {
        let render = render.clone();
        App::new()
            .app_data(web::Data::new(health.clone()))
            .route("/livez", web::get().to(livez))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(move || metrics(render.clone())))
    })
    .workers(1)
    .disable_signals()
    .bind(listen)?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or(io::ErrorKind::AddrNotAvailable)?;
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((address, handle))
}

pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().body("alive\n")
}

pub async fn readyz(health: web::Data<Health>) -> HttpResponse {
    let mut response = if health.is_ready() {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(health.probes())
}

async fn metrics(render: Render) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(render())
}
