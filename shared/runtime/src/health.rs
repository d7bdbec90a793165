//! Is this process alive, and is it ready? Probes run in the background, so that asking costs nothing.

use ports::{Bus, Store};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(2);

/// What `/readyz` shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Probes {
    pub bus: bool,
    pub store: bool,
    pub stopping: bool,
}

#[derive(Clone)]
pub struct Health {
    probes: watch::Sender<Probes>,
    stopping: Arc<AtomicBool>,
}

impl Default for Health {
    fn default() -> Self {
        let probes = Probes {
            bus: false,
            store: false,
            stopping: false,
        };
        Self {
            probes: watch::Sender::new(probes),
            stopping: Arc::default(),
        }
    }
}

impl Health {
    #[must_use]
    pub fn probes(&self) -> Probes {
        let stopping = self.stopping.load(Ordering::Acquire);
        Probes {
            stopping,
            ..self.probes.borrow().clone()
        }
    }

    #[must_use]
    pub fn is_ready(&self) -> bool {
        let probes = self.probes();
        probes.bus && probes.store && !probes.stopping
    }

    /// From now on not ready: no new work, please.
    pub fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    pub async fn watch(&self, bus: Arc<dyn Bus>, store: Arc<dyn Store>, stop: CancellationToken) {
        loop {
            let (bus, store) = tokio::join!(answers(bus.ping()), answers(store.ping()));
            self.probes.send_replace(Probes {
                bus,
                store,
                stopping: false,
            });
            if stop
                .run_until_cancelled(tokio::time::sleep(EVERY))
                .await
                .is_none()
            {
                return;
            }
        }
    }
}

async fn answers(ping: impl Future<Output = ports::Result<()>>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, ping).await, Ok(Ok(())))
}
