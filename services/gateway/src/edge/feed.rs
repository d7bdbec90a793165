//! Tells whoever streams a tenant's events that there are new ones.

use ports::{Bus, Result, Tenant};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

#[derive(Clone)]
pub struct Feeds(Arc<Mutex<HashMap<String, watch::Sender<u64>>>>);

/// One tenant's news.
pub struct Feed(watch::Receiver<u64>);

impl Feeds {
    pub async fn start(
        bus: Arc<dyn Bus>,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self> {
        let feeds = Self(Arc::default());
        let mut intake = bus.listen(runtime::FEED).await?;
        let listening = feeds.clone();
        tasks.spawn(async move {
            while let Some(Some(message)) = stop.run_until_cancelled(intake.next()).await {
                listening.announce(&message);
            }
            intake.stop().await;
        });
        Ok(feeds)
    }

    pub fn of(&self, tenant: &Tenant) -> Feed {
        let Ok(mut feeds) = self.0.lock() else {
            return Feed(watch::channel(0).1);
        };
        feeds.retain(|_, sender| sender.receiver_count() > 0);
        let sender = feeds
            .entry(tenant.to_string())
            .or_insert_with(|| watch::Sender::new(0));
        Feed(sender.subscribe())
    }

    fn announce(&self, message: &[u8]) {
        let Ok(latest) = serde_json::from_slice::<BTreeMap<String, u64>>(message) else {
            return;
        };
        let Ok(feeds) = self.0.lock() else { return };
        for (tenant, sequence) in latest {
            if let Some(sender) = feeds.get(&tenant) {
                sender.send_replace(sequence);
            }
        }
    }
}

impl Feed {
    /// Returns when there may be news, or when the time is up.
    pub async fn wait(&mut self, at_most: Duration) {
        if let Ok(Err(_)) = tokio::time::timeout(at_most, self.0.changed()).await {
            tokio::time::sleep(at_most).await;
        }
    }
}
