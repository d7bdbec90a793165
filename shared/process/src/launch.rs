use anyhow::Context;
use runtime::{Backends, Backoff, Health, Node, Service, admin};
use settings::Settings;
use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

/// For backends that start at the same time.
const PATIENCE: Duration = Duration::from_secs(120);

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
        let opening = self.insist(async || backends::open(&self.settings).await);
        let backends::Opened { store, bus, blobs } =
            opening.await.context("opening the backends")?;
        Ok(Backends { store, bus, blobs })
    }

    /// Tries again while it is for backends that are on their way up.
    async fn insist<T>(&self, work: impl AsyncFn() -> ports::Result<T>) -> ports::Result<T> {
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));
        let patience = Instant::now() + PATIENCE;
        loop {
            match work().await {
                Err(error)
                    if error.retryable() && Instant::now() < patience && !self.is_embedded() =>
                {
                    tracing::warn!(service = self.name, %error, "a backend is not there yet; trying again");
                    sleep(backoff.step()).await;
                }
                done => return done,
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
        let start = async || {
            let (backends, services) = (backends.clone(), services.clone());
            Node::start(&self.settings.runtime, backends, services).await
        };
        let node = self.insist(start).await.context("starting the services")?;
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
        let deadline = Instant::now() + within;
        node.health().set_stopping();
        if let Some(stop) = stop
            && tokio::time::timeout_at(deadline, stop).await.is_err()
        {
            tracing::warn!("open connections outlived the drain's deadline");
        }
        node.drain(deadline.saturating_duration_since(Instant::now()))
            .await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::Error;
    use settings::Secret;
    use std::cell::Cell;

    fn launch(store: &str) -> Launch {
        let mut settings = Settings::default();
        settings.store.url = Secret::new(store);
        Launch::new("test", settings, String::new)
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_backend_refuses_on_its_way_up_is_tried_again() {
        let tries = Cell::new(0);
        let work = async || match tries.replace(tries.get() + 1) {
            0 | 1 => Err(Error::unavailable("no quorum yet")),
            _ => Ok("started"),
        };
        let done = launch("redis://store").insist(work).await;
        assert_eq!((done.expect("a result"), tries.get()), ("started", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn patience_has_an_end() {
        let began = Instant::now();
        let never = async || Err::<(), _>(Error::unavailable("away"));
        let done = launch("redis://store").insist(never).await;
        assert!(done.is_err());
        assert!((PATIENCE..PATIENCE * 2).contains(&began.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_go_better_another_time_is_told_at_once() {
        let wrong = async || Err::<(), _>(Error::new(ports::Kind::Invalid, "no such thing"));
        let away = async || Err::<(), _>(Error::unavailable("away"));
        let began = Instant::now();
        assert!(launch("redis://store").insist(wrong).await.is_err());
        assert!(launch("embedded:").insist(away).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
