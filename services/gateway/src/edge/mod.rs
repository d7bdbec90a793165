//! The HTTP server that the public talks to.

mod answer;
mod auth;
mod body;
mod call;
mod discovery;
mod docs;
mod events;
mod feed;
mod limits;
mod metrics;
mod slots;
mod trim;
mod upload;
mod wait;

use crate::root_key::RootKey;
use actix_cors::Cors;
use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    http::header,
    web::{self as actix, Data},
};
use auth::Auth;
use call::Edge;
use feed::Feeds;
use limits::Limits;
use metrics::Metrics;
use runtime::{Health, Node};
use slots::Slots;
use std::{io, net::SocketAddr, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A running gateway.
pub struct Gateway {
    address: SocketAddr,
    server: ServerHandle,
    background: TaskTracker,
    stop: CancellationToken,
}

impl Gateway {
    /// Listens when it returns. It learns the services' routes first, so that the first caller finds them.
    pub async fn start(
        settings: &settings::Gateway,
        node: &Node,
        root: &RootKey,
    ) -> ports::Result<Self> {
        let (background, stop) = (TaskTracker::new(), CancellationToken::new());
        let backends = node.backends().clone();
        let catalogue = discovery::start(backends.store.clone(), &background, stop.clone()).await?;
        let feeds = Feeds::start(backends.bus.clone(), &background, stop.clone()).await?;
        background.spawn(trim::run(
            backends.store.clone(),
            settings.log_retention.0,
            stop.clone(),
        ));
        let edge = Data::new(Edge {
            auth: Auth::new(backends.store.clone(), &root.digest)?,
            limits: Limits::new(backends.store.clone()),
            slots: Slots::new(settings.max_concurrent),
            metrics: Metrics::default(),
            settings: settings.clone(),
            stop: stop.clone(),
            backends,
            catalogue,
            feeds,
        });
        let (address, server) = listen(settings, edge, node.health()).map_err(|e| {
            ports::Error::unavailable(format!("listening on {}", settings.listen)).with_source(e)
        })?;
        Ok(Self {
            address,
            server,
            background,
            stop,
        })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, ends streams, answers what is in hand.
    pub async fn stop(self) {
        self.stop.cancel();
        self.server.stop(true).await;
        self.background.close();
        self.background.wait().await;
    }
}

fn listen(
    settings: &settings::Gateway,
    edge: Data<Edge>,
    health: Health,
) -> io::Result<(SocketAddr, ServerHandle)> {
    let origins = settings.cors_origins.0.clone();
    let health = Data::new(health);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(edge.clone())
            .app_data(health.clone())
            .wrap(cors(&origins))
            .route("/livez", actix::get().to(runtime::admin::livez))
            .route("/readyz", actix::get().to(runtime::admin::readyz))
            .default_service(actix::to(call::handle))
    })
    .disable_signals()
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(20)
    .backlog(4096)
    .bind(&settings.listen)?;
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

/// Listed origins only; preflights need no key.
fn cors(origins: &[String]) -> Cors {
    let listed = origins
        .iter()
        .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    listed
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::RANGE,
            header::HeaderName::from_static("idempotency-key"),
            header::HeaderName::from_static("prefer"),
            header::HeaderName::from_static("last-event-id"),
            header::HeaderName::from_static("traceparent"),
        ])
        .expose_headers([
            "ETag",
            "Location",
            "Link",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "x-request-id",
            "Preference-Applied",
        ])
        .block_on_origin_mismatch(false)
        .max_age(3600)
}
