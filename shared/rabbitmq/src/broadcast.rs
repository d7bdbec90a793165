use crate::{core::Core, error::Failure, link::Open, names::BROADCAST_EXCHANGE};
use bytes::Bytes;
use lapin::{BasicProperties, options::BasicPublishOptions, types::ShortString};
use ports::Result;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::timeout};

const SEND_WITHIN: Duration = Duration::from_secs(1);

/// A channel without confirms: broadcasts may get lost.
pub struct Broadcasts {
    core: Arc<Core>,
    open: Mutex<Option<Open>>,
}

impl Broadcasts {
    pub fn new(core: Arc<Core>) -> Self {
        let open = Mutex::new(None);
        Self { core, open }
    }

    pub async fn send(&self, topic: ShortString, body: Bytes) -> Result<()> {
        let mut open = self.open.lock().await;
        let sent = match timeout(SEND_WITHIN, self.publish(&mut open, topic, &body)).await {
            Ok(sent) => sent?,
            Err(_) => Err(Failure::Blocked),
        };
        sent.map_err(|failure| {
            *open = None;
            failure.at(BROADCAST_EXCHANGE)
        })
    }

    async fn publish(
        &self,
        open: &mut Option<Open>,
        topic: ShortString,
        body: &[u8],
    ) -> Result<Result<(), Failure>> {
        let alive = |open: &Open| open.channel.status().connected();
        if !open.as_ref().is_some_and(alive) {
            *open = Some(self.core.publishing.channel().await?);
        }
        let Some(Open {
            channel,
            connection,
        }) = open
        else {
            return Ok(Err(Failure::Disconnected));
        };
        if connection.blocked() {
            return Ok(Err(Failure::Blocked));
        }
        let publishing = channel.basic_publish(
            BROADCAST_EXCHANGE.into(),
            topic,
            BasicPublishOptions::default(),
            body,
            BasicProperties::default(),
        );
        Ok(publishing
            .await
            .map(drop)
            .map_err(|_| Failure::Disconnected))
    }
}
