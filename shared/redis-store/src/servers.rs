//! The server or servers behind a store.

use crate::{
    address::Target,
    cluster::{Cluster, ClusterRoute},
    link::Link,
    node::{Lane, Node},
};
use futures_util::{FutureExt, future::select_ok};
use ports::{Error, Result, Shard};
use redis::{Client, Cmd, Pipeline, RedisFuture, RedisResult, Value, aio::ConnectionLike};
use std::sync::Arc;

pub enum Servers {
    One(Box<Node>),
    Cluster(Arc<Cluster>),
}

impl Servers {
    pub async fn open(target: Target, allow_unsafe: bool) -> Result<Self> {
        if target.cluster {
            let cluster = Cluster::open(target.servers, allow_unsafe).await?;
            return Ok(Self::Cluster(cluster));
        }
        let invalid = || Error::invalid("the store's URL");
        let info = target.servers.into_iter().next().ok_or_else(invalid)?;
        let client = Client::open(info).map_err(|e| invalid().with_source(e))?;
        let node = Node::new(client, allow_unsafe);
        node.check().await?;
        Ok(Self::One(Box::new(node)))
    }

    /// The way to a shard's keys.
    pub fn route(&self, shard: Shard, lane: Lane) -> Route {
        match self {
            Self::One(node) => Route::Link(node.link(lane)),
            Self::Cluster(cluster) => Route::Cluster(ClusterRoute {
                cluster: Arc::clone(cluster),
                shard,
                lane,
            }),
        }
    }

    /// Where hints can be heard: a cluster spreads them to all its servers.
    pub fn client(&self) -> RedisResult<Client> {
        match self {
            Self::One(node) => Ok(node.client().clone()),
            Self::Cluster(cluster) => cluster.client(),
        }
    }

    /// One server of a cluster must answer: while some are down, the shards of the others are served.
    pub async fn ping(&self) -> RedisResult<()> {
        let nodes = match self {
            Self::One(node) => return ping(node.link(Lane::Shared)).await,
            Self::Cluster(cluster) => cluster.nodes(),
        };
        let pings = nodes
            .iter()
            .map(|node| ping(node.link(Lane::Shared)).boxed());
        select_ok(pings).await.map(|(answer, _)| answer)
    }
}

async fn ping(mut link: Link) -> RedisResult<()> {
    redis::cmd("PING").exec_async(&mut link).await
}

/// What one call is sent by.
pub enum Route {
    Link(Link),
    Cluster(ClusterRoute),
}

impl ConnectionLike for Route {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Link(link) => link.req_packed_command(command),
            Self::Cluster(route) => route.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Link(link) => link.req_packed_commands(pipeline, offset, count),
            Self::Cluster(route) => route.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Link(link) => link.get_db(),
            Self::Cluster(route) => route.get_db(),
        }
    }
}
