//! HTTP as bytes, for requests that no client library would send.

use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// What came back until the gateway closed the connection.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    /// Status line and fields, in lower case.
    pub head: String,
    pub body: String,
}

/// A connection to the gateway at this URL.
pub async fn raw(url: &str) -> TcpStream {
    let address = url.strip_prefix("http://").expect("an http URL");
    TcpStream::connect(address).await.expect("a connection")
}

impl RawAnswer {
    /// Sends all of it, reads to the end.
    pub async fn to(url: &str, request: &[u8]) -> Self {
        let mut stream = raw(url).await;
        // An early refusal may close the connection while we are still sending.
        let _ = stream.write_all(request).await;
        Self::read(stream).await
    }

    pub async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut piece = vec![0; 16 << 10];
        loop {
            let read = tokio::time::timeout(PATIENCE, stream.read(&mut piece));
            match read.await.expect("an answer in time") {
                Ok(0) | Err(_) => break,
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
            }
        }
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no status in {text:?}")),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }
}
