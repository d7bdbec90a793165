use crate::{backoff::Backoff, error::within};
use futures_util::FutureExt;
use lapin::{
    Channel, Connection, ConnectionProperties, ConnectionStatus, options::ConfirmSelectOptions,
    uri::AMQPUri,
};
use ports::{Error, Result};
use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{MappedMutexGuard, Mutex, MutexGuard},
    time::timeout,
};

const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// One connection to the broker that is made anew, on demand, whenever it was lost.
///
/// Each user of a link keeps a channel of its own and asks for another when that one dies, so nothing has to be
/// replayed centrally: whoever needed a queue, a prefetch or a consumer sets it up again with the new channel.
pub struct Link {
    uri: AMQPUri,
    name: String,
    runtime: Handle,
    state: Mutex<State>,
    admin: Mutex<Option<Channel>>,
    closed: AtomicBool,
}

struct State {
    connection: Option<Connection>,
    backoff: Backoff,
}

/// A channel and the state of the connection below it.
pub struct Open {
    pub channel: Channel,
    pub connection: ConnectionStatus,
}

impl Link {
    pub fn new(uri: AMQPUri, name: String, runtime: Handle) -> Self {
        Self {
            uri,
            name,
            runtime,
            state: Mutex::new(State {
                connection: None,
                backoff: Backoff::new(),
            }),
            admin: Mutex::new(None),
            closed: AtomicBool::new(false),
        }
    }

    /// Opens a channel, connecting first if need be. Fails at once while a failed attempt's pause lasts.
    pub async fn channel(&self) -> Result<Open> {
        let mut state = self.state.lock().await;
        let connection = self.connected(&mut state).await?;
        let channel = within("open a channel", connection.create_channel()).await?;
        Ok(Open {
            channel,
            connection: connection.status().clone(),
        })
    }

    pub async fn confirming_channel(&self) -> Result<Open> {
        let open = self.channel().await?;
        let select = open.channel.confirm_select(ConfirmSelectOptions::default());
        within("turn publisher confirms on", select).await?;
        Ok(open)
    }

    /// The channel for declarations, one user at a time: a refused one closes the channel under whoever shares it.
    pub async fn admin(&self) -> Result<MappedMutexGuard<'_, Channel>> {
        let mut admin = self.admin.lock().await;
        if !admin.as_ref().is_some_and(|it| it.status().connected()) {
            *admin = Some(self.channel().await?.channel);
        }
        MutexGuard::try_map(admin, Option::as_mut)
            .map_err(|_| Error::internal("the channel for declarations is gone"))
    }

    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.admin.lock().await.take();
        if let Some(connection) = self.state.lock().await.connection.take() {
            // A broker that does not answer notices the closed socket by itself.
            let _ = timeout(CLOSE_WITHIN, connection.close(200, "closing".into())).await;
        }
    }

    async fn connected<'a>(&self, state: &'a mut State) -> Result<&'a Connection> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::unavailable("the bus is closed"));
        }
        let alive = |connection: &Connection| connection.status().connected();
        if !state.connection.as_ref().is_some_and(alive) {
            state.connection = None;
            state.connection = Some(self.dial(&mut state.backoff).await?);
        }
        let connection = state.connection.as_ref();
        connection.ok_or_else(|| Error::internal("a connection that was just made is gone"))
    }

    async fn dial(&self, backoff: &mut Backoff) -> Result<Connection> {
        if backoff.must_wait() {
            return Err(Error::unavailable("the broker cannot be reached"));
        }
        let properties =
            ConnectionProperties::default().with_connection_name(self.name.clone().into());
        // The connection lives on the runtime that it is made on.
        let connecting = Connection::connect_uri(self.uri.clone(), properties);
        let connecting = self.runtime.spawn(connecting);
        let connecting =
            connecting.map(|made| made.unwrap_or_else(|gone| Err(io::Error::other(gone).into())));
        match within("connect to the broker", connecting).await {
            Ok(connection) => {
                backoff.succeeded();
                Ok(connection)
            }
            Err(error) => {
                backoff.failed();
                tracing::warn!(connection = self.name, %error, "the broker cannot be reached");
                Err(error)
            }
        }
    }
}
