//! The `Bus` adapter: requests and broadcasts in memory, consumer groups in the data file.

mod group;
mod member;
mod requests;
mod topics;

use crate::{ledger::Depth, open::Core};
use async_trait::async_trait;
use bytes::Bytes;
use group::Groups;
use member::Member;
use ports::{
    Bus, Error, Kind, Result,
    bus::{Delivery, Incoming, Intake, MAX_MESSAGE_BYTES, ServiceQueue},
};
use requests::Requests;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use topics::Topics;

pub struct EmbeddedBus {
    core: Arc<Core>,
    requests: Requests,
    topics: Arc<Topics>,
    groups: Groups,
    members: TaskTracker,
    closed: CancellationToken,
    /// A bus that is dropped without being closed still ends its members.
    _ends_members: DropGuard,
}

impl EmbeddedBus {
    pub(crate) fn new(core: Arc<Core>, depths: &HashMap<Vec<u8>, Depth>) -> Result<Self> {
        let groups = Groups::load(&core.database, depths)?;
        let closed = CancellationToken::new();
        Ok(Self {
            core,
            requests: Requests::default(),
            topics: Arc::default(),
            groups,
            members: TaskTracker::new(),
            _ends_members: closed.clone().drop_guard(),
            closed,
        })
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.is_cancelled() {
            return Err(Error::unavailable("the bus is closed"));
        }
        Ok(())
    }
}

#[async_trait]
impl Bus for EmbeddedBus {
    async fn call(&self, to: &ServiceQueue, body: Bytes, ttl: Duration) -> Result<Bytes> {
        check_size(&body)?;
        self.check_open()?;
        let answer = self.requests.call(to, body, ttl).await?;
        check_size(&answer)?;
        Ok(answer)
    }

    async fn serve(&self, queue: &ServiceQueue, concurrency: usize) -> Result<Intake<Incoming>> {
        self.check_open()?;
        Ok(self.requests.serve(queue, concurrency))
    }

    async fn declare_group(&self, group: &str, partitions: u16) -> Result<()> {
        self.check_open()?;
        group::check_name(group)?;
        let name = group.to_owned();
        let partitions = self
            .core
            .writer
            .run(move |session| group::declare(session, &name, partitions))
            .await?;
        self.groups.add(group, partitions);
        Ok(())
    }

    async fn publish(&self, group: &str, partition: u16, messages: Vec<Bytes>) -> Result<()> {
        self.check_open()?;
        for message in &messages {
            check_size(message)?;
        }
        let partition = self.groups.partition(group, partition)?;
        self.core
            .writer
            .run(move |session| group::publish(session, &partition, &messages))
            .await
    }

    async fn subscribe(
        &self,
        group: &str,
        partition: u16,
        prefetch: u16,
    ) -> Result<Intake<Delivery>> {
        self.check_open()?;
        let partition = self.groups.partition(group, partition)?;
        let (member, intake) = Member::new(&self.core, partition, prefetch, &self.closed);
        self.members.spawn(member.run());
        Ok(intake)
    }

    async fn depth(&self, group: &str, partition: u16) -> Result<u64> {
        self.check_open()?;
        Ok(self.groups.partition(group, partition)?.depth())
    }

    async fn broadcast(&self, topic: &str, body: Bytes) -> Result<()> {
        check_size(&body)?;
        self.check_open()?;
        self.topics.send(topic, &body);
        Ok(())
    }

    async fn listen(&self, topic: &str) -> Result<Intake<Bytes>> {
        self.check_open()?;
        Ok(Topics::listen(&self.topics, topic))
    }

    async fn ping(&self) -> Result<()> {
        self.check_open()?;
        self.core.writer.run(|_| Ok(())).await
    }

    async fn close(&self) {
        self.closed.cancel();
        self.requests.close();
        self.topics.close();
        self.members.close();
        self.members.wait().await;
        // Every transaction takes the gathered acks along.
        if let Err(error) = self.core.writer.run(|_| Ok(())).await {
            tracing::warn!(%error, "acks could not be saved; their messages will come again");
        }
    }
}

fn check_size(body: &Bytes) -> Result<()> {
    if body.len() > MAX_MESSAGE_BYTES {
        return Err(Error::new(
            Kind::TooLarge,
            format!(
                "a message of {} bytes; the limit is {MAX_MESSAGE_BYTES}",
                body.len()
            ),
        ));
    }
    Ok(())
}
