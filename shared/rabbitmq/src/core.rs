use crate::{link::Link, options::Options};
use std::time::Duration;
use tokio::{runtime::Handle, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// What every part of one bus shares.
pub struct Core {
    pub options: Options,
    /// The runtime that connected. A reply may be sent, or dropped, on a thread that has another one or none, and what
    /// it starts must not end with that thread.
    pub runtime: Handle,
    /// A broker short of memory or disk stops reading from whoever publishes, so nothing else goes over this connection.
    pub publishing: Link,
    /// Deliveries and their acknowledgements.
    pub consuming: Link,
    /// Set first when the bus closes: take nothing more in, send what is waiting.
    pub closing: CancellationToken,
    /// Set once all is sent: acknowledge what is done.
    pub settling: CancellationToken,
    pub senders: TaskTracker,
    pub settlers: TaskTracker,
}

impl Core {
    pub fn spawn_sender(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.senders.spawn_on(work, &self.runtime);
    }

    /// Replies go out before the acknowledgements that wait for them, and those before the connections.
    pub async fn close(&self) {
        self.closing.cancel();
        finish(&self.senders).await;
        self.settling.cancel();
        finish(&self.settlers).await;
        self.publishing.close().await;
        self.consuming.close().await;
    }
}

async fn finish(tasks: &TaskTracker) {
    tasks.close();
    if timeout(FLUSH_WITHIN, tasks.wait()).await.is_err() {
        tracing::warn!(
            tasks = tasks.len(),
            "closing the bus before everything was sent"
        );
    }
}
