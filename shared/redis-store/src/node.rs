//! One server and the connections to it.

use crate::{
    address::Address,
    link::{Link, Pool},
    server,
};
use ports::{Error, Result};
use redis::{Client, RedisResult};
use std::{io, sync::Arc};
use tokio::sync::OnceCell;

/// Connections that share the work.
const SHARED: usize = 3;
/// Connections for commits that wait for replicas: each holds up whatever comes behind it.
const WAITING: usize = 16;

/// By which of a server's connections a call goes.
#[derive(Debug, Clone, Copy)]
pub enum Lane {
    Shared,
    Waiting,
}

pub struct Node {
    address: Address,
    client: Arc<Client>,
    shared: Pool,
    waiting: Pool,
    allow_unsafe: bool,
    trusted: OnceCell<()>,
}

impl Node {
    pub fn new(client: Client, allow_unsafe: bool) -> Self {
        let client = Arc::new(client);
        Self {
            address: Address::of(client.get_connection_info()),
            shared: Pool::new(&client, SHARED),
            waiting: Pool::new(&client, WAITING),
            client,
            allow_unsafe,
            trusted: OnceCell::new(),
        }
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn link(&self, lane: Lane) -> Link {
        match lane {
            Lane::Shared => self.shared.link(),
            Lane::Waiting => self.waiting.link(),
        }
    }

    /// Looks once whether the server keeps what it acknowledges.
    pub async fn check(&self) -> Result<()> {
        let check = || server::check(self.shared.link(), self.allow_unsafe);
        let address = &self.address;
        match self.trusted.get_or_try_init(check).await {
            Ok(()) => Ok(()),
            Err(error) => {
                Err(Error::new(error.kind(), format!("the server {address}")).with_source(error))
            }
        }
    }

    /// The way to a server that joined later: nothing is asked of one that is not trusted.
    pub async fn trusted_link(&self, lane: Lane) -> RedisResult<Link> {
        let refused = |error| io::Error::new(io::ErrorKind::ConnectionRefused, error);
        self.check().await.map_err(refused)?;
        Ok(self.link(lane))
    }
}
