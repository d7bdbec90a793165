//! A Redis Cluster: which of its servers has a shard, learnt from the servers themselves.
//!
//! The `redis` crate has a cluster client, which is not used. With retries it sends a command again after a lost
//! connection or a timeout, though the command may have been applied; without them it does not follow a redirect. Here a
//! command goes on to another server only when the first one has answered that it did not run it (MOVED, ASK). Every
//! other failure is the caller's, and at most has the table of servers read again meanwhile.

mod redirect;
mod route;
mod table;

pub use route::ClusterRoute;

use crate::{address::Address, fault, link, node::Node};
use ports::{Error, Kind, Result, Shard};
use redis::{Client, ConnectionInfo, ErrorKind, RedisResult, ServerErrorKind};
use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// For a server to tell the table.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two readings of the table.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Cluster {
    /// Reached the same way as every other server.
    seeds: Vec<ConnectionInfo>,
    allow_unsafe: bool,
    known: Mutex<Known>,
    refreshing: AtomicBool,
    turn: AtomicUsize,
}

#[derive(Default)]
struct Known {
    /// By shard; empty until the first table is read.
    owners: Vec<Arc<Node>>,
    nodes: HashMap<Address, Arc<Node>>,
}

impl Cluster {
    /// Finds the servers, and that each primary can be trusted.
    pub async fn open(seeds: Vec<ConnectionInfo>, allow_unsafe: bool) -> Result<Arc<Self>> {
        let cluster = Arc::new(Self {
            seeds,
            allow_unsafe,
            known: Mutex::default(),
            refreshing: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
        });
        cluster.refresh().await?;
        for node in cluster.nodes() {
            node.check().await?;
        }
        Ok(cluster)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn nodes(&self) -> Vec<Arc<Node>> {
        self.known().nodes.values().cloned().collect()
    }

    /// Any server, another one each time.
    pub fn client(&self) -> RedisResult<Client> {
        match self.candidates().first() {
            Some(address) => address.client(&self.seeds[0]),
            None => Err(nowhere()),
        }
    }

    fn owner(&self, shard: Shard) -> RedisResult<Arc<Node>> {
        let known = self.known();
        let owner = known.owners.get(usize::from(shard.0));
        owner.cloned().ok_or_else(nowhere)
    }

    fn node(&self, address: &Address) -> RedisResult<Arc<Node>> {
        self.node_of(&mut self.known(), address)
    }

    fn node_of(&self, known: &mut Known, address: &Address) -> RedisResult<Arc<Node>> {
        if let Some(node) = known.nodes.get(address) {
            return Ok(Arc::clone(node));
        }
        let client = address.client(&self.seeds[0])?;
        let node = Arc::new(Node::new(client, self.allow_unsafe));
        known.nodes.insert(address.clone(), Arc::clone(&node));
        Ok(node)
    }

    /// One shard has moved; the table, which comes soon, tells what else has.
    fn moved(self: &Arc<Self>, shard: Shard, address: &Address) -> RedisResult<Arc<Node>> {
        let mut known = self.known();
        let node = self.node_of(&mut known, address)?;
        if let Some(owner) = known.owners.get_mut(usize::from(shard.0)) {
            *owner = Arc::clone(&node);
        }
        drop(known);
        self.refresh_soon();
        Ok(node)
    }

    /// Reads the table again, in the background, unless somebody just does. Every failing call asks for this, so that
    /// calls find their way again whatever happened.
    fn refresh_soon(self: &Arc<Self>) {
        if self.refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let cluster = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = cluster.refresh().await {
                tracing::debug!(%error, "no server tells where the cluster's slots are");
            }
            sleep(PAUSE).await;
            cluster.refreshing.store(false, Ordering::Release);
        });
    }

    async fn refresh(&self) -> Result<()> {
        let mut failure = Error::unavailable("no server of the cluster is known");
        for address in self.candidates() {
            match self.ask(&address).await {
                Ok(owners) => {
                    return self
                        .adopt(&owners)
                        .map_err(|e| fault::reading("the cluster's servers", e));
                }
                Err(error) => failure = unreadable(&address, error),
            }
        }
        Err(failure)
    }

    /// Whom to ask: each time another one first, so that a server that is cut off from the others cannot keep us in its
    /// past.
    fn candidates(&self) -> Vec<Address> {
        let mut addresses: Vec<Address> = self.known().nodes.keys().cloned().collect();
        for seed in self.seeds.iter().map(Address::of) {
            if !addresses.contains(&seed) {
                addresses.push(seed);
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn % addresses.len().max(1);
        addresses.rotate_left(first);
        addresses
    }

    /// On a connection of its own, which stands in no queue.
    async fn ask(&self, address: &Address) -> RedisResult<Vec<Address>> {
        let client = address.client(&self.seeds[0])?;
        let asking = async {
            let mut connection = link::connect(client, |_| ()).await?;
            let mut slots = redis::cmd("CLUSTER");
            slots.arg("SLOTS").query_async(&mut connection).await
        };
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let reply = timeout(PATIENCE, asking).await.map_err(late)??;
        table::read(reply, address)
    }

    /// Servers that have no shard any more are forgotten; the others keep their connections.
    fn adopt(&self, owners: &[Address]) -> RedisResult<()> {
        let mut known = self.known();
        let owner_of = |address| self.node_of(&mut known, address);
        let nodes = owners.iter().map(owner_of).collect::<RedisResult<_>>()?;
        known.owners = nodes;
        known.nodes.retain(|address, _| owners.contains(address));
        Ok(())
    }
}

fn nowhere() -> redis::RedisError {
    let text = "the cluster's servers are not known";
    io::Error::new(io::ErrorKind::ConnectionRefused, text).into()
}

fn unreadable(address: &Address, error: redis::RedisError) -> Error {
    let what = format!("reading the cluster's slots at {address}");
    match error.kind() {
        // It is no cluster's server.
        ErrorKind::Server(ServerErrorKind::ResponseError) => {
            Error::new(Kind::Invalid, what).with_source(error)
        }
        _ => fault::reading(what, error),
    }
}
