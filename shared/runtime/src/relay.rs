//! Carries events from the store's outbox to the consumer groups' queues.
//!
//! For each shard one process at a time, by lease, reads the outbox in order and publishes every entry to the groups that
//! want it. Each group has its own cursor: one that is full or away delays itself alone. An entry leaves the outbox when
//! every group has been served. A crash between publishing and moving a cursor repeats events; consumers' inboxes know.

use crate::{
    backoff::Backoff,
    groups::Groups,
    membership::{Duties, Membership},
    metrics::Metrics,
    wire,
};
use bytes::Bytes;
use contracts::{description::ConsumerGroup, type_matches};
use futures_util::future;
use ports::{
    Bus, Kind, Recorded, Result, SHARDS, Shard, Store, Timestamp,
    store::{Hint, Lease},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const LEASE: &str = "relay";
/// Entries read at once.
const PAGE: usize = 500;
/// Hints can get lost: every shard is looked at this often at least.
const LOOK: Duration = Duration::from_secs(5);
const RETRY: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
/// Topic of the broadcast that tells live feeds to look at a tenant's log.
pub const FEED: &str = "feed";

pub struct Relay {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    groups: Groups,
    metrics: Arc<Metrics>,
    instance: String,
    lease_ttl: Duration,
    duties: watch::Receiver<Arc<Duties>>,
    stop: CancellationToken,
}

impl Relay {
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        metrics: Arc<Metrics>,
        membership: &Membership,
        lease_ttl: Duration,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (instance, duties) = (membership.instance.clone(), membership.duties());
        Arc::new(Self {
            groups: Groups::new(store.clone()),
            store,
            bus,
            metrics,
            instance,
            lease_ttl,
            duties,
            stop,
        })
    }

    /// One task for each shard, woken by hints.
    pub fn spawn(self: &Arc<Self>, tracker: &TaskTracker) {
        let bells: Arc<Vec<Notify>> = Arc::new((0..SHARDS).map(|_| Notify::new()).collect());
        for shard in Shard::all() {
            let (relay, bells) = (self.clone(), bells.clone());
            tracker.spawn(async move { relay.serve(shard, &bells[usize::from(shard.0)]).await });
        }
        let relay = self.clone();
        tracker.spawn(async move { relay.ring(&bells).await });
    }

    async fn ring(&self, bells: &[Notify]) {
        let mut hints = self.store.hints();
        while let Some(hint) = self.stop.run_until_cancelled(hints.recv()).await {
            match hint {
                Ok(Hint::Outbox(shard)) => bells[usize::from(shard.0)].notify_one(),
                Ok(Hint::Due(..)) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    bells.iter().for_each(Notify::notify_one);
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    async fn serve(&self, shard: Shard, bell: &Notify) {
        let mut duties = self.duties.clone();
        let mut backoff = RETRY;
        // Shards that nothing happens in are looked at in turn, not all at once.
        let mut look = LOOK.mul_f64(0.5 + f64::from(shard.0) / f64::from(SHARDS));
        while !self.stop.is_cancelled() {
            let ours = duties.borrow_and_update().relays(shard);
            let wait = match if ours {
                self.drain(shard).await
            } else {
                self.metrics.outbox.clear(shard);
                Ok(LOOK)
            } {
                Ok(wait) => {
                    backoff = RETRY;
                    wait.min(look)
                }
                Err(error) => {
                    tracing::warn!(shard = shard.0, %error, "relaying failed");
                    backoff.step()
                }
            };
            look = LOOK;
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                () = bell.notified() => {}
                changed = duties.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Relays until the outbox is empty or every group that still wants something is away; how long to wait then.
    async fn drain(&self, shard: Shard) -> Result<Duration> {
        let Some(oldest) = self.store.read_outbox(shard, 0, 1).await?.pop() else {
            self.metrics.outbox.clear(shard);
            return Ok(LOOK);
        };
        self.metrics.outbox.waiting_since(shard, oldest.event.time);
        let Some(lease) = self.lease(shard).await? else {
            return Ok(self.lease_ttl / 2);
        };
        let mut pass = Pass {
            relay: self,
            lease,
            renewed: Instant::now(),
            cursors: self.store.cursors(shard).await?,
            groups: self.groups.now().await?,
            away: HashMap::new(),
            done: false,
        };
        let wait = pass.run().await;
        if pass.done {
            self.metrics.outbox.clear(shard);
        }
        if self.stop.is_cancelled() {
            self.store.release(&pass.lease).await?;
        }
        wait
    }

    async fn lease(&self, shard: Shard) -> Result<Option<Lease>> {
        self.store
            .lease(shard, LEASE, &self.instance, self.lease_ttl)
            .await
    }
}

/// A spell of relaying one shard under one lease.
struct Pass<'a> {
    relay: &'a Relay,
    lease: Lease,
    renewed: Instant,
    cursors: BTreeMap<String, u64>,
    groups: Arc<Vec<ConsumerGroup>>,
    /// Groups that could not take more, and when to try them again.
    away: HashMap<String, (Instant, Backoff)>,
    /// Every group has been served with everything that was there.
    done: bool,
}

impl Pass<'_> {
    async fn run(&mut self) -> Result<Duration> {
        while !self.relay.stop.is_cancelled() {
            if self.renewed.elapsed() > self.relay.lease_ttl / 3 {
                let Some(lease) = self.relay.lease(self.lease.shard).await? else {
                    return Ok(Duration::ZERO);
                };
                (self.lease, self.renewed) = (lease, Instant::now());
            }
            let groups = self.groups.clone();
            let now = Instant::now();
            let ready: Vec<_> = groups
                .iter()
                .filter(|group| self.is_ready(group, now))
                .collect();
            let from = ready.iter().map(|group| self.cursor(&group.group)).min();
            let Some(from) = from else {
                return Ok(self.shortest_wait(now));
            };
            let entries = self
                .relay
                .store
                .read_outbox(self.lease.shard, from, PAGE)
                .await?;
            let Some(last) = entries.last().map(|entry| entry.sequence) else {
                return Ok(self.shortest_wait(now));
            };
            // A group that came before an event was committed must not miss it, so the look comes after the reading.
            self.groups = self.relay.groups.now().await?;
            if self.groups != groups {
                continue;
            }
            self.serve(&ready, &entries, last).await;
            let trim = served_by_all(&mut self.cursors, &groups, &entries, last);
            self.relay
                .store
                .advance(&self.lease, &self.cursors, trim)
                .await?;
            self.done = trim >= last;
            self.tell_feeds(&entries).await;
        }
        Ok(Duration::ZERO)
    }

    fn cursor(&self, group: &str) -> u64 {
        self.cursors.get(group).copied().unwrap_or(0)
    }

    fn is_ready(&self, group: &ConsumerGroup, now: Instant) -> bool {
        self.away
            .get(&group.group)
            .is_none_or(|(until, _)| *until <= now)
    }

    fn shortest_wait(&self, now: Instant) -> Duration {
        self.away
            .values()
            .map(|(until, _)| until.saturating_duration_since(now))
            .min()
            .unwrap_or(LOOK)
    }

    /// Publishes to every ready group side by side and moves the cursors of those that took everything.
    async fn serve(&mut self, ready: &[&ConsumerGroup], entries: &[Recorded], last: u64) {
        let relay = self.relay;
        let work = ready.iter().map(|group| {
            let cursor = self.cursor(&group.group);
            async move { (&group.group, relay.publish(group, entries, cursor).await) }
        });
        for (group, result) in future::join_all(work).await {
            match result {
                Ok(()) => {
                    self.away.remove(group);
                    let cursor = self.cursors.entry(group.clone()).or_default();
                    *cursor = last.max(*cursor);
                }
                Err(error) => {
                    tracing::warn!(%group, %error, "a consumer group cannot take events now");
                    let (until, backoff) = self
                        .away
                        .entry(group.clone())
                        .or_insert((Instant::now(), RETRY));
                    *until = Instant::now() + backoff.step();
                }
            }
        }
    }

    async fn tell_feeds(&self, entries: &[Recorded]) {
        let mut latest = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.event.to.is_none()) {
            latest.insert(entry.tenant.as_str(), entry.sequence);
        }
        let Ok(body) = serde_json::to_vec(&latest) else {
            return;
        };
        if !latest.is_empty()
            && let Err(error) = self.relay.bus.broadcast(FEED, body.into()).await
        {
            tracing::debug!(%error, "live feeds will find new events by themselves");
        }
    }
}

impl Relay {
    async fn publish(
        &self,
        group: &ConsumerGroup,
        entries: &[Recorded],
        cursor: u64,
    ) -> Result<()> {
        let wanted = entries
            .iter()
            .filter(|entry| entry.sequence > cursor && wants(group, entry));
        let mut partitions: BTreeMap<u16, Vec<&Recorded>> = BTreeMap::new();
        let (mut count, mut oldest) = (0, Timestamp(u64::MAX));
        for entry in wanted {
            let key = format!("{}/{}", entry.tenant, entry.event.subject);
            let partition = (ports::stable_hash(&key) % u64::from(group.partitions.max(1))) as u16;
            partitions.entry(partition).or_default().push(entry);
            count += 1;
            oldest = oldest.min(entry.event.time);
        }
        let work = partitions
            .into_iter()
            .map(|(partition, entries)| self.publish_partition(group, partition, entries));
        future::try_join_all(work).await?;
        if count > 0 {
            self.metrics
                .relayed(&group.group, count, Timestamp::now().since(oldest));
        }
        Ok(())
    }

    async fn publish_partition(
        &self,
        group: &ConsumerGroup,
        partition: u16,
        entries: Vec<&Recorded>,
    ) -> Result<()> {
        let messages: Vec<Bytes> = wire::encode(&entries)?;
        match self
            .bus
            .publish(&group.group, partition, messages.clone())
            .await
        {
            // The queues may be gone, for example after a broker lost its disk: make them and try once more.
            Err(error)
                if matches!(
                    error.kind(),
                    Kind::Unroutable | Kind::NotFound | Kind::Unavailable
                ) =>
            {
                self.bus
                    .declare_group(&group.group, group.partitions)
                    .await?;
                self.bus.publish(&group.group, partition, messages).await
            }
            done => done,
        }
    }
}

/// The position up to which every group has what it wants. A group that is written to before it has ever shown itself
/// gets a cursor in front of its first message, which keeps that message until the group has come and been served.
fn served_by_all(
    cursors: &mut BTreeMap<String, u64>,
    groups: &[ConsumerGroup],
    entries: &[Recorded],
    last: u64,
) -> u64 {
    let known = |name: &String| groups.iter().any(|group| group.group == *name);
    for entry in entries {
        if let Some(to) = entry.event.to.as_ref().filter(|to| !known(to)) {
            cursors.entry(to.clone()).or_insert(entry.sequence - 1);
        }
    }
    let of_groups = groups
        .iter()
        .map(|group| cursors.get(&group.group).copied().unwrap_or(0));
    of_groups
        .chain(cursors.values().copied())
        .min()
        .unwrap_or(last)
}

fn wants(group: &ConsumerGroup, entry: &Recorded) -> bool {
    match &entry.event.to {
        Some(to) => *to == group.group,
        None => group
            .types
            .iter()
            .any(|pattern| type_matches(pattern, &entry.event.event_type)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::{Event, Tenant};

    fn entry(sequence: u64, to: Option<&str>) -> Recorded {
        let event = Event {
            id: format!("evt_{sequence}"),
            event_type: "image.create.v1".to_owned(),
            source: "/phonebook".to_owned(),
            subject: "img_1".to_owned(),
            time: Timestamp::now(),
            traceparent: None,
            data: Bytes::new(),
            to: to.map(str::to_owned),
        };
        let tenant = Tenant::parse("default").unwrap();
        Recorded {
            tenant,
            sequence,
            event,
            erased: false,
        }
    }

    fn group(name: &str) -> ConsumerGroup {
        ConsumerGroup {
            group: name.to_owned(),
            types: vec!["*".to_owned()],
            partitions: 1,
        }
    }

    #[test]
    fn a_message_waits_for_a_group_that_has_never_shown_itself() {
        let here = [group("notifier")];
        let mut cursors = BTreeMap::from([("notifier".to_owned(), 20)]);
        let first = [entry(10, Some("image-resize")), entry(20, None)];
        assert_eq!(served_by_all(&mut cursors, &here, &first, 20), 9);
        // The next page begins behind the message, which must still be kept.
        cursors.insert("notifier".to_owned(), 30);
        assert_eq!(
            served_by_all(&mut cursors, &here, &[entry(30, None)], 30),
            9
        );
        // When the group comes, it is served from there, and then nothing is kept for it any more.
        let both = [group("notifier"), group("image-resize")];
        assert!(
            cursors
                .get("image-resize")
                .is_some_and(|cursor| *cursor < 10)
        );
        cursors.insert("image-resize".to_owned(), 30);
        assert_eq!(served_by_all(&mut cursors, &both, &[], 30), 30);
    }
}
