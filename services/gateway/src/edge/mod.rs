//! The HTTP server that the public talks to.

mod answer;
mod auth;
mod body;
mod call;
mod chain;
mod cors;
mod discovery;
mod docs;
mod dry_run;
mod events;
mod feed;
mod front;
mod hot;
mod limits;
mod metrics;
mod refuse;
mod resumable;
mod server;
mod slots;
mod trim;
mod upload;
mod wait;

use crate::{domain::signature::Signer, root_key::RootKey};
use actix_web::{dev::ServerHandle, web::Data};
use auth::Auth;
use call::Edge;
use feed::Feeds;
use hot::HotBlobs;
use limits::Limits;
use metrics::Metrics;
use runtime::Node;
use settings::Secret;
use slots::Slots;
use std::net::SocketAddr;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A running gateway.
pub struct Gateway {
    address: SocketAddr,
    server: ServerHandle,
    background: TaskTracker,
    stop: CancellationToken,
}

impl Gateway {
    /// Listens when it returns. It learns the services' routes first, so that the first caller finds them. Gateways with
    /// the same `secrets_key` accept each other's signed URLs.
    pub async fn start(
        settings: &settings::Gateway,
        node: &Node,
        root: &RootKey,
        secrets_key: &Secret,
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
            signer: Signer::new(secrets_key),
            limits: Limits::new(backends.store.clone()),
            slots: Slots::new(settings.max_concurrent),
            blobs: HotBlobs::new(backends.blobs.clone(), settings.blob_cache_bytes),
            metrics: Metrics::default(),
            settings: settings.clone(),
            stop: stop.clone(),
            backends,
            catalogue,
            feeds,
        });
        let (address, server) = server::start(settings, &edge, node.health()).map_err(|e| {
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
