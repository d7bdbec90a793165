//! Looks how many messages wait for a consumer group. Each instance of the service does, and all of them see the same.

use crate::metrics::Queue;
use ports::{Bus, Result};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const LOOK: Duration = Duration::from_secs(5);

pub async fn watch(
    bus: Arc<dyn Bus>,
    group: &'static str,
    partitions: u16,
    queue: Queue,
    stop: CancellationToken,
) {
    let watching = async {
        loop {
            queue.set_depth(look(&*bus, group, partitions).await);
            tokio::time::sleep(LOOK).await;
        }
    };
    stop.run_until_cancelled(watching).await;
}

/// `None` when the bus does not tell: an old number would look like a true one.
async fn look(bus: &dyn Bus, group: &str, partitions: u16) -> Option<u64> {
    let counted = count(bus, group, partitions).await;
    counted
        .inspect_err(
            |error| tracing::debug!(group, %error, "the depth of a group's queues is unknown"),
        )
        .ok()
}

async fn count(bus: &dyn Bus, group: &str, partitions: u16) -> Result<u64> {
    let mut messages = 0;
    for partition in 0..partitions {
        messages += bus.depth(group, partition).await?;
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_partitions_add_up_and_a_closed_bus_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let bus = embedded::open(folder.path()).unwrap().bus;
        assert_eq!(look(&*bus, "notifier", 3).await, None, "not declared yet");
        bus.declare_group("notifier", 3).await.unwrap();
        for (partition, messages) in [(0, 2), (2, 3)] {
            let messages = vec!["[]".into(); messages];
            bus.publish("notifier", partition, messages).await.unwrap();
        }
        let all_seen = async {
            while look(&*bus, "notifier", 3).await != Some(5) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LOOK, all_seen).await.unwrap();
        bus.close().await;
        assert_eq!(look(&*bus, "notifier", 3).await, None);
    }
}
