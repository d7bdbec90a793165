//! A receiver of webhooks that answers as it is told.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

#[derive(Debug)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

pub struct Sink {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<Received>,
}

/// Status and body for the nth message, counted from 0.
type Script = Arc<dyn Fn(usize) -> (u16, String) + Send + Sync>;

impl Sink {
    pub async fn answering(
        script: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, received) = mpsc::unbounded_channel();
        let (script, count): (Script, _) = (Arc::new(script), Arc::default());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(
                    stream,
                    script.clone(),
                    Arc::clone(&count),
                    sender.clone(),
                ));
            }
        });
        Self { address, received }
    }

    pub async fn with(status: u16) -> Self {
        Self::answering(move |_| (status, "thanks".to_owned())).await
    }

    pub fn url(&self) -> String {
        format!("http://{}/in?token=t", self.address)
    }

    pub async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(super::PATIENCE, self.received.recv()).await;
        next.expect("a message in time").expect("an open sink")
    }

    /// What has arrived by now, without waiting.
    pub fn drain(&mut self) -> usize {
        std::iter::from_fn(|| self.received.try_recv().ok()).count()
    }
}

async fn serve(
    stream: TcpStream,
    script: Script,
    count: Arc<std::sync::atomic::AtomicUsize>,
    sender: mpsc::UnboundedSender<Received>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut headers = HashMap::new();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.trim().split_once(": ") {
                headers.insert(name.to_owned(), value.to_owned());
            }
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        stream.read_exact(&mut body).await.ok()?;
        let turn = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (status, text) = script(turn);
        let _ = sender.send(Received { headers, body });
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}
