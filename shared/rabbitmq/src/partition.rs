//! Publishing to the partitions of consumer groups: one task for each partition owns a channel, so that a confirm and
//! a returned message can be told whose they are, and no caller that gives up leaves half-read confirms behind.

use crate::{
    core::Core,
    error::{Failure, is_not_found},
    outlet::Outlet,
    registry::{Registry, next_item},
};
use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{join_all, maybe_done},
    poll,
};
use lapin::{
    BasicProperties, Channel, Confirmation, PublisherConfirm,
    options::{BasicPublishOptions, QueueDeclareOptions},
    types::{FieldTable, ShortString},
};
use ports::Result;
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc::UnboundedReceiver, oneshot},
    time::timeout,
};

/// Messages that wait for their confirms together.
const WINDOW: usize = 512;
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);
const BLOCKED_FOR: Duration = Duration::from_secs(5);
const PERSISTENT: u8 = 2;

pub struct Partitions {
    core: Arc<Core>,
    tasks: Registry<Job>,
}

type Outcome = Result<(), Failure>;

/// One caller's messages, to be appended in order.
struct Job {
    messages: Vec<Bytes>,
    done: oneshot::Sender<Outcome>,
}

impl Partitions {
    pub fn new(core: Arc<Core>) -> Self {
        let tasks = Registry::new();
        Self { core, tasks }
    }

    pub async fn publish(&self, queue: &str, messages: Vec<Bytes>) -> Result<()> {
        let (done, outcome) = oneshot::channel();
        self.tasks.send(queue, Job { messages, done }, |jobs| {
            let partition = Partition {
                core: self.core.clone(),
                queue: queue.into(),
                jobs,
                outlet: Outlet::default(),
            };
            self.core.spawn_sender(partition.run());
        });
        let outcome = outcome.await.unwrap_or(Err(Failure::Disconnected));
        outcome.map_err(|failure| failure.at(queue))
    }
}

struct Partition {
    core: Arc<Core>,
    queue: ShortString,
    jobs: UnboundedReceiver<Job>,
    outlet: Outlet,
}

impl Partition {
    async fn run(mut self) {
        while let Some(first) = next_item(&mut self.jobs, &self.core.closing).await {
            let jobs = self.gather(first);
            let outcomes = self.append(&jobs).await.unwrap_or_else(|failure| {
                // Confirms that nobody read would be taken for those of the next messages.
                self.outlet.discard();
                vec![Err(failure); jobs.len()]
            });
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                // A caller that has gone publishes again when it comes back.
                let _ = job.done.send(outcome);
            }
        }
    }

    /// The jobs that wait, up to a window's worth of messages.
    fn gather(&mut self, first: Job) -> Vec<Job> {
        let mut count = first.messages.len();
        let mut jobs = vec![first];
        while count < WINDOW
            && let Ok(job) = self.jobs.try_recv()
        {
            count += job.messages.len();
            jobs.push(job);
        }
        jobs
    }

    /// Appends every job's messages; an outcome for each job, or one failure for all.
    async fn append(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, Failure> {
        let outlet = self.outlet.ready(&self.core.publishing, BLOCKED_FOR);
        let channel = outlet.await?;
        let total = jobs.iter().map(|job| job.messages.len()).sum();
        let has_order = jobs.iter().any(|job| job.messages.len() > 1);
        if has_order && self.may_fill(&channel, total).await? {
            self.append_in_turn(&channel, jobs, 1).await
        } else if total > WINDOW {
            self.append_in_turn(&channel, jobs, WINDOW).await
        } else {
            self.append_together(&channel, jobs).await
        }
    }

    /// Could the queue refuse a message and take a later one of the same job? RabbitMQ takes messages again once a
    /// full queue has drained to four fifths, so not while all of them keep it under half.
    async fn may_fill(&self, channel: &Channel, more: usize) -> Result<bool, Failure> {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let declaring = channel.queue_declare(self.queue.clone(), passive, FieldTable::default());
        let queue = in_time(declaring).await?;
        let after = (queue.message_count() as usize).saturating_add(more);
        Ok(after > self.core.options.partition_bound as usize / 2)
    }

    /// One round trip for all.
    async fn append_together(
        &self,
        channel: &Channel,
        jobs: &[Job],
    ) -> Result<Vec<Outcome>, Failure> {
        let mut sent = Vec::with_capacity(jobs.len());
        for job in jobs {
            sent.push(self.send(channel, &job.messages).await?);
        }
        let mut outcomes = Vec::with_capacity(jobs.len());
        for confirms in sent {
            outcomes.push(confirmed(confirms).await?);
        }
        Ok(outcomes)
    }

    /// A round trip for every `step` messages; what is taken of a job is a prefix.
    async fn append_in_turn(
        &self,
        channel: &Channel,
        jobs: &[Job],
        step: usize,
    ) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            let mut outcome = Ok(());
            for messages in job.messages.chunks(step) {
                outcome = confirmed(self.send(channel, messages).await?).await?;
                if outcome.is_err() {
                    break;
                }
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Puts the messages on the wire in order, without waiting for one before the next.
    async fn send(
        &self,
        channel: &Channel,
        messages: &[Bytes],
    ) -> Result<Vec<PublisherConfirm>, Failure> {
        let mut publishing = Vec::with_capacity(messages.len());
        for message in messages {
            // The first poll hands the message to the connection; the rest is waiting for the socket.
            let mut sending = maybe_done(Box::pin(self.publish(channel, message)));
            let _ = poll!(&mut sending);
            publishing.push(sending);
        }
        let sent = join_all(publishing.iter_mut()).map(|_| Ok(()));
        in_time(sent).await?;
        let confirms = publishing
            .into_iter()
            .filter_map(|mut sent| Pin::new(&mut sent).take_output());
        let confirms: lapin::Result<Vec<_>> = confirms.collect();
        confirms.map_err(|error| undeliverable(&error))
    }

    async fn publish(&self, channel: &Channel, message: &Bytes) -> lapin::Result<PublisherConfirm> {
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let queue = self.queue.clone();
        channel
            .basic_publish(ShortString::default(), queue, options, message, properties)
            .await
    }
}

/// What became of one job. A returned message means that the queue is gone; whose it was does not matter then, for
/// the client library may hand it to the confirm of any other, and nothing of this window is safe.
async fn confirmed(confirms: Vec<PublisherConfirm>) -> Result<Outcome, Failure> {
    let mut outcome = Ok(());
    for confirm in confirms {
        match in_time(confirm).await? {
            Confirmation::Ack(None) | Confirmation::NotRequested => {}
            Confirmation::Nack(None) => outcome = Err(Failure::Full),
            Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => {
                return Err(Failure::Undeclared);
            }
        }
    }
    Ok(outcome)
}

async fn in_time<T>(work: impl Future<Output = lapin::Result<T>>) -> Result<T, Failure> {
    match timeout(CONFIRM_WITHIN, work).await {
        Ok(done) => done.map_err(|error| undeliverable(&error)),
        Err(_) => Err(Failure::Unconfirmed),
    }
}

fn undeliverable(error: &lapin::Error) -> Failure {
    if is_not_found(error) {
        Failure::Undeclared
    } else {
        Failure::Disconnected
    }
}
