//! HTTP as bytes, for requests that no client library would send.

use serde_json::Value;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// The first answer that came back; without a length, all until the gateway closed the connection.
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
    /// Sends all of it, reads the answer.
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
            if is_whole(&bytes) {
                break;
            }
        }
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = fields.find(|(known, _)| *known == name);
        found.map(|(_, value)| value.trim())
    }

    /// Panics unless this is a complete problem of this status, and shows it.
    #[track_caller]
    pub fn problem(&self, status: u16) {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let is_problem = self.header("content-type") == Some("application/problem+json");
        let is_named = self.header("x-request-id").is_some();
        let says_so = body["status"] == status && body["title"].is_string();
        assert!(
            self.status == status && is_problem && is_named && says_so,
            "{status} expected: {self:?}"
        );
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

/// Whether a head with a length is there, and as many bytes behind it.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.to_ascii_lowercase().lines().find_map(|line| {
        let length = line.strip_prefix("content-length:")?;
        length.trim().parse::<usize>().ok()
    });
    length.is_some_and(|length| bytes.len() >= head.len() + 4 + length)
}
