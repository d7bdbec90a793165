use anyhow::Context;
use runtime::{Backends, Backoff, Health, Node, Service, admin};
use settings::Settings;
use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

/// What has to be stopped before the node drains, for example a public server.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A process on its way up.
pub struct Launch {
    name: &'static str,
    pub settings: Settings,
    render: admin::Render,
}

impl Launch {
    pub(crate) fn new(
        name: &'static str,
        settings: Settings,
        render: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            settings,
            render: Arc::new(render),
        }
    }

    /// Opens the backends, waiting for a broker or a store that is not up yet.
    pub async fn backends(&self) -> anyhow::Result<Backends> {
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));
        let patience = tokio::time::Instant::now() + Duration::from_secs(120);
        loop {
            match backends::open(&self.settings).await {
                Ok(backends::Opened { store, bus, blobs }) => {
                    return Ok(Backends { store, bus, blobs });
                }
                Err(error)
                    if error.retryable()
                        && tokio::time::Instant::now() < patience
                        && !self.is_embedded() =>
                {
                    tracing::warn!(service = self.name, %error, "a backend is not there yet; trying again");
                    tokio::time::sleep(backoff.step()).await;
                }
                Err(error) => return Err(error).context("opening the backends"),
            }
        }
    }

    fn is_embedded(&self) -> bool {
        self.settings.store.url.expose() == "embedded:"
    }

    /// Starts the services and the admin port.
    pub async fn node(
        &self,
        backends: Backends,
        services: Vec<Service>,
    ) -> anyhow::Result<(Node, SocketAddr)> {
        let node = Node::start(&self.settings.runtime, backends, services)
            .await
            .context("starting the services")?;
        let address = self.admin(node.health())?;
        tracing::info!(service = self.name, admin = %address, "serving");
        Ok((node, address))
    }

    fn admin(&self, health: Health) -> anyhow::Result<SocketAddr> {
        let listen = &self.settings.admin.listen;
        let (address, _) = admin::start(listen, health, self.render.clone())
            .with_context(|| format!("listening on the admin address {listen}"))?;
        Ok(address)
    }

    /// Serves until SIGTERM or SIGINT, then stops what is public, then drains.
    pub async fn until_stopped(&self, node: Node, stop: Option<Stop>) -> anyhow::Result<()> {
        let (mut terminate, mut interrupt) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!(service = self.name, "stopping");
        let within = self.settings.runtime.drain_timeout.0;
        let deadline = tokio::time::Instant::now() + within;
        node.health().set_stopping();
        if let Some(stop) = stop
            && tokio::time::timeout_at(deadline, stop).await.is_err()
        {
            tracing::warn!("open connections outlived the drain's deadline");
        }
        node.drain(deadline.saturating_duration_since(tokio::time::Instant::now()))
            .await;
        Ok(())
    }
}
