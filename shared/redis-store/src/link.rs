//! Connections that come back by themselves. A command is sent once: it fails with its connection, and the next one
//! finds a fresh connection.

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, Pipeline, PushInfo, PushKind, RedisError,
    RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A server that does not answer for so long is as good as gone.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Commands waiting for the connection's writer, which sends all that wait at once.
const BUFFER: usize = 1_024;

type Connecting = Shared<BoxFuture<'static, RedisResult<MultiplexedConnection>>>;

/// The connection in use, numbered so that only its own failure removes it.
#[derive(Default)]
struct Slot {
    number: u64,
    connection: Option<Connecting>,
}

type SharedSlot = Arc<Mutex<Slot>>;

/// One reconnecting connection, shared by all its clones.
#[derive(Clone)]
pub struct Link {
    client: Arc<Client>,
    slot: SharedSlot,
}

/// Several links, taken in turn: one connection's reader alone would keep a busy server waiting.
pub struct Pool {
    links: Vec<Link>,
    turn: AtomicUsize,
}

impl Pool {
    pub fn new(client: &Arc<Client>, size: usize) -> Self {
        Self {
            links: (0..size).map(|_| Link::new(Arc::clone(client))).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    pub fn link(&self) -> Link {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.links[turn % self.links.len()].clone()
    }
}

impl Link {
    fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            slot: SharedSlot::default(),
        }
    }

    /// The connection in use, or a new one; who asks meanwhile waits for the same attempt.
    async fn connection(&self) -> (u64, RedisResult<MultiplexedConnection>) {
        let (number, connecting) = self.attempt();
        let outcome = connecting.await;
        if outcome.is_err() {
            forget(&self.slot, number);
        }
        (number, outcome)
    }

    fn attempt(&self) -> (u64, Connecting) {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connecting) = &slot.connection {
            return (slot.number, connecting.clone());
        }
        slot.number += 1;
        let number = slot.number;
        let connecting = connect(
            Client::clone(&self.client),
            disconnection(Arc::downgrade(&self.slot), number),
        )
        .boxed()
        .shared();
        // The attempt goes on even if everyone who waits for it is cancelled.
        tokio::spawn(connecting.clone());
        slot.connection = Some(connecting.clone());
        (number, connecting)
    }

    /// Commands that were sent keep their old connection until they are answered; later ones get another.
    fn judge<T>(&self, number: u64, outcome: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &outcome
            && (error.kind() == ErrorKind::Io || error.is_unrecoverable_error())
        {
            forget(&self.slot, number);
        }
        outcome
    }
}

/// Notices a lost connection while nobody uses it, so that no command is wasted on it.
fn disconnection(slot: Weak<Mutex<Slot>>, number: u64) -> impl Fn(PushInfo) {
    move |push| {
        if push.kind == PushKind::Disconnection
            && let Some(slot) = slot.upgrade()
        {
            forget(&slot, number);
        }
    }
}

fn forget(slot: &Mutex<Slot>, number: u64) {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if slot.number == number {
        slot.connection = None;
    }
}

/// Connects once, with bounded waits; `pushed` is given what the server sends without being asked.
pub async fn connect(
    client: Client,
    pushed: impl Fn(PushInfo) + Send + Sync + 'static,
) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_pipeline_buffer_size(BUFFER)
        .set_push_sender(move |push| {
            pushed(push);
            Ok::<_, redis::aio::SendError>(())
        });
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
        .map_err(unreachable)
}

/// However a server cannot be reached, nothing was asked of it: unlike a command that got no answer, that is certain.
fn unreachable(error: RedisError) -> RedisError {
    if error.is_io_error() {
        io::Error::new(io::ErrorKind::ConnectionRefused, error).into()
    } else {
        error
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let (number, connection) = self.connection().await;
            let answer = connection?.send_packed_command(cmd).await;
            self.judge(number, answer)
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let (number, connection) = self.connection().await;
            let answers = connection?
                .send_packed_commands(pipeline, offset, count)
                .await;
            self.judge(number, answers)
        })
    }

    fn get_db(&self) -> i64 {
        self.client.get_connection_info().redis_settings().db()
    }
}
