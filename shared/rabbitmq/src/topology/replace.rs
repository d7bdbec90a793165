//! A request queue is on one node, and while that is away nobody can declare it on another. RabbitMQ 3.10 refuses at
//! once, with the answer for a queue that is not there, and keeps the queue; publishing finds no route to it. RabbitMQ 4
//! is silent for a minute, and refuses what is published, but deletes the queue for whoever asks.

use super::{Queue, Standing};
use crate::{
    error::{is_in_use, is_not_found, unavailable, within},
    link::Link,
};
use lapin::options::QueueDeleteOptions;
use ports::Result;
use std::time::Duration;
use tokio::time::timeout;

/// A queue that can be reached tells so in milliseconds. One that is only slow is not lost: it is deleted only if it has
/// no consumers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

enum Sight {
    There,
    Missing,
    Silent,
}

enum Removal {
    Removed,
    /// Another server has replaced it already.
    InUse,
    Refused,
}

impl Queue {
    /// Nothing in it outlives its consumers, so it may be deleted when its node is away.
    pub(super) fn is_replaceable(&self) -> bool {
        self.options.auto_delete && !self.options.exclusive
    }

    pub(super) async fn ensure_replaceable(&self, link: &Link) -> Result<Standing> {
        match self.look(link).await? {
            Sight::There => return Ok(Standing::Old),
            Sight::Missing if self.make(link).await? => return Ok(Standing::New),
            Sight::Missing | Sight::Silent => {}
        }
        match self.remove(link).await? {
            Removal::InUse => Ok(Standing::Old),
            Removal::Removed if self.make(link).await? => {
                tracing::warn!(queue = %self.name, "its node is away, made it anew");
                Ok(Standing::New)
            }
            Removal::Removed | Removal::Refused => Ok(Standing::Stranded),
        }
    }

    /// On a channel of its own, which the broker's silence makes useless.
    async fn look(&self, link: &Link) -> Result<Sight> {
        let channel = link.channel().await?.channel;
        match timeout(ANSWERS_WITHIN, self.declare(&channel, self.passive())).await {
            Ok(Ok(())) => Ok(Sight::There),
            Ok(Err(error)) if is_not_found(&error) => Ok(Sight::Missing),
            Ok(Err(error)) => Err(unavailable("find a queue", error)),
            Err(_) => Ok(Sight::Silent),
        }
    }

    /// False when there is one of this name that cannot be reached.
    async fn make(&self, link: &Link) -> Result<bool> {
        let channel = link.admin().await?;
        let making = async {
            match self.declare(&channel, self.options).await {
                Ok(()) => Ok(true),
                Err(error) if is_not_found(&error) => Ok(false),
                Err(error) => Err(error),
            }
        };
        within("declare a queue", making).await
    }

    async fn remove(&self, link: &Link) -> Result<Removal> {
        let channel = link.admin().await?;
        let options = QueueDeleteOptions {
            if_unused: true,
            ..QueueDeleteOptions::default()
        };
        let removing = async {
            match channel.queue_delete(self.name.clone(), options).await {
                Ok(_) => Ok(Removal::Removed),
                Err(error) if is_in_use(&error) => Ok(Removal::InUse),
                Err(error) if is_not_found(&error) => Ok(Removal::Refused),
                Err(error) => Err(error),
            }
        };
        within("delete a queue whose node is away", removing).await
    }
}
