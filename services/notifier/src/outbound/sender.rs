//! Makes one call to an endpoint.

use crate::{
    domain::{
        attempt::{Exchange, MAX_ANSWER_BYTES, Reply},
        endpoint::Endpoint,
        message::Message,
        schedule::retry_after,
        secret::SigningSecret,
    },
    outbound::guard::Guard,
};
use bytes::{Bytes, BytesMut};
use ports::Timestamp;
use reqwest::{Client, Response, header, redirect};
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, timeout_at};

const USER_AGENT: &str = concat!("Switchboard/", env!("CARGO_PKG_VERSION"));
/// Shorter than servers commonly keep a quiet connection, so that a call seldom meets one that has just been closed.
const POOL_IDLE: Duration = Duration::from_secs(4);
const MAX_ERROR_CHARS: usize = 200;

/// The client for all endpoints: no proxy, no redirects, no cookies, no retries of its own.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    guard: Guard,
    timeout: Duration,
}

impl Sender {
    /// `timeout` bounds a whole call: resolving, connecting, sending and reading.
    pub fn new(guard: Guard, timeout: Duration, idle_connections: usize) -> reqwest::Result<Self> {
        // The first to install a provider wins, and all of this workspace install the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .dns_resolver(Arc::new(guard))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(USER_AGENT)
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(idle_connections)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            client,
            guard,
            timeout,
        })
    }

    /// Never fails: what goes wrong is the result of the attempt.
    pub async fn send(
        &self,
        endpoint: &Endpoint,
        message: &Message,
        secrets: &[SigningSecret],
        traceparent: Option<&str>,
    ) -> Exchange {
        let (at, begun) = (Timestamp::now(), Instant::now());
        let result = match self.guard.check_literal(endpoint) {
            Ok(()) => {
                let call = self.call(endpoint, message, secrets, traceparent, at);
                self.read(call, begun + self.timeout).await
            }
            Err(refused) => Err(format!("the endpoint {refused}")),
        };
        Exchange {
            at,
            latency: begun.elapsed(),
            result,
        }
    }

    async fn call(
        &self,
        endpoint: &Endpoint,
        message: &Message,
        secrets: &[SigningSecret],
        traceparent: Option<&str>,
        at: Timestamp,
    ) -> reqwest::Result<Response> {
        let mut request = self.client.post(endpoint.url().clone());
        for (name, value) in message.headers(secrets, at.as_secs()) {
            request = request.header(name, value);
        }
        if let Some(traceparent) = traceparent {
            request = request.header("traceparent", traceparent);
        }
        request.body(message.body.clone()).send().await
    }

    async fn read(
        &self,
        call: impl Future<Output = reqwest::Result<Response>>,
        deadline: Instant,
    ) -> Result<Reply, String> {
        let response = match timeout_at(deadline, call).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(describe(&error)),
            Err(_) => return Err(format!("no answer within {:?}", self.timeout)),
        };
        let asked = response.headers().get(header::RETRY_AFTER);
        Ok(Reply {
            status: response.status().as_u16(),
            retry_after: asked
                .and_then(|value| value.to_str().ok())
                .and_then(|field| retry_after(field, SystemTime::now())),
            body: read_start(response, deadline).await,
        })
    }
}

/// The first bytes of the body. The status has said what matters, so a body that breaks off or never ends is no failure.
async fn read_start(mut response: Response, deadline: Instant) -> Bytes {
    let mut body = BytesMut::new();
    while body.len() < MAX_ANSWER_BYTES {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = MAX_ANSWER_BYTES - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            _ => break,
        }
    }
    body.freeze()
}

/// The innermost cause, which names no URL.
fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = if cause.is::<reqwest::Error>() {
        "the call could not be made".to_owned()
    } else if error.is_connect() {
        format!("could not connect: {cause}")
    } else {
        format!("the call broke off: {cause}")
    };
    text.chars().take(MAX_ERROR_CHARS).collect()
}

#[cfg(test)]
mod tests;
