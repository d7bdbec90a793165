//! The way of one call through the cluster.

use super::{Cluster, redirect::Redirect};
use crate::{
    fault,
    link::{CONNECT_TIMEOUT, Link, RESPONSE_TIMEOUT},
    node::Lane,
};
use ports::Shard;
use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value, aio::ConnectionLike};
use std::{io, sync::Arc, time::Duration};
use tokio::time::timeout;

/// Servers that may pass a call on before it fails: more than a failover and a moving slot need.
const HOPS: usize = 5;
/// For all hops together.
const PATIENCE: Duration = CONNECT_TIMEOUT.saturating_add(RESPONSE_TIMEOUT);

/// Leads to whichever server has the shard.
#[derive(Clone)]
pub struct ClusterRoute {
    pub cluster: Arc<Cluster>,
    pub shard: Shard,
    pub lane: Lane,
}

/// What is sent, and sent on unchanged.
#[derive(Clone, Copy)]
enum Request<'a> {
    One(&'a Cmd),
    /// Never a transaction.
    Several(&'a Pipeline),
}

impl Request<'_> {
    async fn send(self, link: &mut Link) -> RedisResult<Vec<Value>> {
        match self {
            Self::One(command) => Ok(vec![link.req_packed_command(command).await?]),
            Self::Several(pipeline) => link.req_packed_commands(pipeline, 0, pipeline.len()).await,
        }
    }

    /// A server that is taking a slot over runs a command for it only right behind ASKING.
    async fn send_asking(self, link: &mut Link) -> RedisResult<Vec<Value>> {
        let mut asking = redis::pipe();
        let mut add = |command: &Cmd| {
            asking.cmd("ASKING").add_command(command.clone());
        };
        match self {
            Self::One(command) => add(command),
            Self::Several(pipeline) => pipeline.cmd_iter().for_each(add),
        }
        let answers = link.req_packed_commands(&asking, 0, asking.len()).await?;
        Ok(answers.into_iter().skip(1).step_by(2).collect())
    }
}

impl ClusterRoute {
    /// In bounded time.
    async fn send(&self, request: Request<'_>) -> RedisResult<Vec<Value>> {
        let late = |_| RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
        let outcome = timeout(PATIENCE, self.follow(request)).await;
        let outcome = outcome.map_err(late).flatten();
        if passing(&outcome) {
            self.cluster.refresh_soon();
        }
        outcome
    }

    /// Goes where it is led to. A redirect is no retry: it says that the server has not run the command.
    async fn follow(&self, request: Request<'_>) -> RedisResult<Vec<Value>> {
        let mut node = self.cluster.owner(self.shard)?;
        let mut answers = request
            .send(&mut node.trusted_link(self.lane).await?)
            .await?;
        for _ in 0..HOPS {
            match Redirect::find(&answers, node.address()) {
                None => return Ok(answers),
                Some(Redirect::Moved(address)) => {
                    node = self.cluster.moved(self.shard, &address)?;
                    answers = request
                        .send(&mut node.trusted_link(self.lane).await?)
                        .await?;
                }
                Some(Redirect::Ask(address)) => {
                    node = self.cluster.node(&address)?;
                    let mut link = node.trusted_link(self.lane).await?;
                    answers = request.send_asking(&mut link).await?;
                }
            }
        }
        Ok(answers)
    }
}

/// Trouble that another server, or the same one later, may not have.
fn passing(outcome: &RedisResult<Vec<Value>>) -> bool {
    match outcome {
        Err(error) => fault::is_passing(error),
        Ok(answers) => answers.iter().any(|answer| match answer {
            Value::ServerError(error) => fault::is_passing(&error.clone().into()),
            _ => false,
        }),
    }
}

impl ConnectionLike for ClusterRoute {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let answers = self.send(Request::One(command)).await?;
            Ok(answers.into_iter().next().unwrap_or(Value::Nil))
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        _offset: usize,
        _count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.send(Request::Several(pipeline)))
    }

    fn get_db(&self) -> i64 {
        0
    }
}
