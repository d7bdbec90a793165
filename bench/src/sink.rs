//! A webhook endpoint that takes everything and has it noted.

mod arrivals;

pub use arrivals::Arrivals;

use crate::http::{Side, field, parse};
use anyhow::Context;
use std::{net::IpAddr, rc::Rc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const READ: usize = 16 << 10;
/// Connections served at once; more wait in the listener's backlog.
const MAX_CONNECTIONS: usize = 1024;

/// Who remembers what arrives.
pub trait Book {
    /// A request of whatever kind: it is not yet known to be a delivery.
    fn note(&self, webhook_id: Option<&str>, body: &[u8]);
}

/// Listens until it is dropped. It lives on a `LocalSet`.
pub struct Sink {
    pub port: u16,
    listening: AbortHandle,
}

impl Sink {
    /// On a free port of this machine's address.
    pub async fn start(address: IpAddr, book: Rc<impl Book + 'static>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((address, 0))
            .await
            .context("opening the sink")?;
        let port = listener.local_addr()?.port();
        let listening = tokio::task::spawn_local(listen(listener, book)).abort_handle();
        Ok(Self { port, listening })
    }

    /// Where it is for those who know this machine as `host`.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/hook", self.port)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, book: Rc<impl Book + 'static>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        // What fails here is the other side's connection, which it will open again.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn_local(serve(stream, book.clone()));
        }
    }
}

/// Serves one connection until its end; whoever sends what cannot be read is cut off.
async fn serve(mut stream: TcpStream, book: Rc<impl Book>) -> anyhow::Result<()> {
    let mut buffer = Vec::with_capacity(READ);
    loop {
        while let Some(message) = parse(&buffer, Side::Request)? {
            book.note(field(&buffer[..message.head], "webhook-id"), &message.body);
            buffer.drain(..message.length);
            stream.write_all(ANSWER).await?;
            if message.close {
                return Ok(());
            }
        }
        buffer.reserve(READ);
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}
