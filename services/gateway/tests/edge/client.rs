//! A client that sees how an answer ends, and takes no more of it than it asks for.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
};

/// Small, so that what the client has not taken stays with the gateway.
const RECEIVE_BUFFER: u32 = 64 << 10;

/// The connection ended before the answer did.
#[derive(Debug, PartialEq, Eq)]
pub struct CutOff;

pub struct Reply {
    pub status: u16,
    fields: Vec<(String, String)>,
    connection: BufReader<TcpStream>,
}

pub async fn send(
    address: SocketAddr,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let length = body.len().to_string();
    let length = ("content-length", length.as_str());
    let length = if body.is_empty() {
        &[][..]
    } else {
        &[length][..]
    };
    send_raw(address, method, target, &[fields, length].concat(), body).await
}

/// The fields say themselves how the body ends.
pub async fn send_raw(
    address: SocketAddr,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let mut connection = begin(address, method, target, fields).await;
    // A refusal may come before the whole body has gone.
    let _ = connection.write_all(body).await;
    Reply::read(connection).await
}

/// Sends the head of a request.
pub async fn begin(
    address: SocketAddr,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .set_recv_buffer_size(RECEIVE_BUFFER)
        .expect("a small buffer");
    let mut connection = socket.connect(address).await.expect("a connection");
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    connection.write_all(head.as_bytes()).await.expect("a head");
    connection
}

impl Reply {
    pub async fn read(connection: TcpStream) -> Self {
        let mut connection = BufReader::new(connection);
        let status_line = line(&mut connection).await.expect("a status line");
        let status = status_line.split(' ').nth(1).expect("a status");
        let mut fields = Vec::new();
        loop {
            let field = line(&mut connection).await.expect("a field");
            let Some((name, value)) = field.split_once(": ") else {
                break;
            };
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let reply = Self {
            status: status.parse().expect("a number"),
            fields,
            connection,
        };
        assert_eq!(reply.field("x-request-id").len(), 32);
        reply
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.fields.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The field's first value, empty when there is none.
    pub fn field(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    pub fn is_chunked(&self) -> bool {
        self.field("transfer-encoding") == "chunked"
    }

    /// The next piece of a chunked body; `None` at its end.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, CutOff> {
        let size = line(&mut self.connection).await?;
        let size = usize::from_str_radix(&size, 16).expect("a chunk's size");
        let mut piece = vec![0; size + 2];
        let read = self.connection.read_exact(&mut piece).await;
        read.map_err(|_| CutOff)?;
        piece.truncate(size);
        Ok((size > 0).then_some(piece))
    }

    /// The whole body as it came, and how it ended.
    pub async fn body(&mut self) -> (Vec<u8>, Result<(), CutOff>) {
        let mut body = Vec::new();
        if !self.is_chunked() {
            let read = self.connection.read_to_end(&mut body).await;
            return (body, read.map(drop).map_err(|_| CutOff));
        }
        loop {
            match self.piece().await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => return (body, Ok(())),
                Err(cut) => return (body, Err(cut)),
            }
        }
    }

    pub async fn json(&mut self) -> serde_json::Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    pub async fn text(&mut self) -> String {
        let (body, end) = self.body().await;
        assert_eq!(end, Ok(()));
        String::from_utf8(body).expect("text")
    }
}

/// A line without its end.
async fn line(connection: &mut BufReader<TcpStream>) -> Result<String, CutOff> {
    let mut line = String::new();
    let read = connection.read_line(&mut line).await;
    read.map_err(|_| CutOff)?;
    let line = line.strip_suffix("\r\n").ok_or(CutOff)?;
    Ok(line.to_owned())
}
