//! A webhook endpoint that notes when which event arrived.

mod arrivals;

use crate::http::{Side, parse};
use anyhow::Context;
use arrivals::Arrivals;
use std::{rc::Rc, time::SystemTime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const READ: usize = 16 << 10;
/// Connections served at once; more wait in the listener's backlog.
const MAX_CONNECTIONS: usize = 1024;

/// Listens until it is dropped. It lives on a `LocalSet`.
pub struct Sink {
    pub url: String,
    pub arrivals: Rc<Arrivals>,
    listening: AbortHandle,
}

impl Sink {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("opening the sink")?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let arrivals = Rc::<Arrivals>::default();
        let listening = tokio::task::spawn_local(listen(listener, arrivals.clone())).abort_handle();
        Ok(Self {
            url,
            arrivals,
            listening,
        })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, arrivals: Rc<Arrivals>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        // What fails here is the other side's connection, which it will open again.
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn_local(serve(stream, arrivals.clone()));
        }
    }
}

/// Serves one connection until its end; whoever sends what cannot be read is cut off.
async fn serve(mut stream: TcpStream, arrivals: Rc<Arrivals>) -> anyhow::Result<()> {
    let mut buffer = Vec::with_capacity(READ);
    loop {
        while let Some(message) = parse(&buffer, Side::Request)? {
            arrivals.note(&message.body, SystemTime::now());
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
