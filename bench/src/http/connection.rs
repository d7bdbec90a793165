use super::{Message, Side, Target, field, parse};
use anyhow::{Context, bail};
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for an answer; longer than a gateway holds one.
const PATIENCE: Duration = Duration::from_secs(60);
const READ: usize = 16 << 10;

/// One kept connection with one request on it at a time.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub etag: Option<String>,
    /// When the request's last byte had been handed to the network.
    pub sent: Instant,
    /// The server closes the connection after this answer.
    pub close: bool,
}

impl Connection {
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = timeout(PATIENCE, TcpStream::connect(&target.address))
            .await
            .map_err(anyhow::Error::from)
            .and_then(|opened| Ok(opened?))
            .with_context(|| format!("connecting to {}", target.address))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(READ),
        })
    }

    /// Sends a request's bytes and reads its answer. After an error the connection is of no more use.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let exchanged = timeout(PATIENCE, async {
            self.stream.write_all(request).await?;
            let sent = Instant::now();
            let (message, etag) = self.final_answer().await?;
            Ok(Answer {
                status: message.status.unwrap_or_default(),
                body: message.body,
                etag,
                sent,
                close: message.close,
            })
        });
        exchanged.await.context("waiting for an answer")?
    }

    /// The answer behind any interim ones (100 Continue, 103 Early Hints), and its entity tag.
    async fn final_answer(&mut self) -> anyhow::Result<(Message, Option<String>)> {
        loop {
            let message = self.message().await?;
            let etag = field(&self.buffer[..message.head], "etag").map(str::to_owned);
            self.buffer.drain(..message.length);
            if message.status.is_some_and(|status| status >= 200) {
                if !self.buffer.is_empty() {
                    bail!("the server sent more than it was asked for");
                }
                return Ok((message, etag));
            }
        }
    }

    async fn message(&mut self) -> anyhow::Result<Message> {
        loop {
            if let Some(message) = parse(&self.buffer, Side::Response)? {
                return Ok(message);
            }
            self.buffer.reserve(READ);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection before its answer ended");
            }
        }
    }

    /// Like [`Self::exchange`], for an answer that has to be a success with JSON in it.
    pub async fn json<T: DeserializeOwned>(&mut self, request: &[u8]) -> anyhow::Result<T> {
        let answer = self.exchange(request).await?;
        let text = String::from_utf8_lossy(&answer.body);
        if !(200..300).contains(&answer.status) {
            bail!("the server answered {}: {text}", answer.status);
        }
        serde_json::from_str(&text).with_context(|| format!("reading the answer {text}"))
    }
}
