//! `object_store`'s requests over the workspace's HTTP client.

use super::refusal::Refusal;
use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
        HttpResponseBody, HttpService,
    },
};
use ports::{Error, Result};
use reqwest::{Body, Client, Request, Response, redirect};
use std::{error, io, iter, time::Duration};
use tokio::time::timeout;

const USER_AGENT: &str = concat!("Switchboard/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(5);
/// For the answer's head, when a part was sent along, and then for each piece of its body.
const PATIENCE: Duration = Duration::from_secs(30);
/// Shorter than S3 keeps a quiet connection, so that a request seldom meets one that has just been closed.
const POOL_IDLE: Duration = Duration::from_secs(4);
/// Enough to find the code of any error in.
const MAX_REFUSAL_BYTES: usize = 16 << 10;

/// No proxy, no redirects, no retries.
#[derive(Debug, Clone)]
pub struct Web(Client);

impl Web {
    pub fn new() -> Result<Self> {
        // The first to install a provider wins, and all of this workspace install the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true)
            .build();
        let client = client
            .map_err(|error| Error::unavailable("no HTTP client can be made").with_source(error))?;
        Ok(Self(client))
    }
}

impl HttpConnector for Web {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Web {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = Request::try_from(request.map(Body::wrap)).map_err(broken)?;
        let answer = in_time(self.0.execute(request)).await?.map_err(broken)?;
        if !answer.status().is_success() {
            return Err(HttpError::new(
                HttpErrorKind::Unknown,
                refusal(answer).await,
            ));
        }
        Ok(http::Response::from(answer).map(patient))
    }
}

async fn refusal(answer: Response) -> Refusal {
    let status = answer.status();
    let mut pieces = patient(answer.into()).bytes_stream();
    let mut body = BytesMut::new();
    while body.len() < MAX_REFUSAL_BYTES
        && let Some(Ok(piece)) = pieces.next().await
    {
        body.extend_from_slice(&piece);
    }
    Refusal::new(status, &body)
}

/// The clock runs only while somebody waits for bytes: a slow reader is no fault of the server's.
fn patient(body: Body) -> HttpResponseBody {
    let frames = stream::unfold(body, async |mut body| {
        let frame = match in_time(body.frame()).await {
            Ok(frame) => frame?.map_err(broken),
            Err(silent) => Err(silent),
        };
        Some((frame, body))
    });
    HttpResponseBody::new(StreamBody::new(frames))
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, HttpError> {
    let silent = |_| io::Error::new(io::ErrorKind::TimedOut, "no byte came in time");
    let done = timeout(PATIENCE, work).await.map_err(silent);
    done.map_err(|error| HttpError::new(HttpErrorKind::Timeout, error))
}

/// Says what is at the bottom of it, and not the URL: a request for credentials has its token there.
fn broken(error: reqwest::Error) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Unknown
    };
    let error = error.without_url();
    let causes = iter::successors(Some(&error as &dyn error::Error), |error| error.source());
    let text = match causes.skip(1).last() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    HttpError::new(kind, io::Error::other(text))
}
