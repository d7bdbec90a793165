use super::*;
use crate::domain::delivery::tests::delivery;
use ports::Tenant;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

const OPEN: Guard = Guard {
    allow_private: true,
};
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers every connection with the same bytes and tells what it was sent; then holds the connection open.
struct Sink {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Sink {
    async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                let _ = stream.write_all(&answer).await;
                let _ = seen.send(request);
                held.push(stream);
            }
        });
        Self { address, requests }
    }

    fn url(&self) -> String {
        format!("http://{}/in?token=t", self.address)
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        if read == 0 || text.ends_with('}') {
            return text;
        }
    }
}

fn message() -> Message {
    let tenant = Tenant::parse("default").unwrap();
    Message::new(&delivery().event, &tenant, None).unwrap()
}

async fn call(guard: Guard, timeout: Duration, url: &str) -> Exchange {
    let endpoint = Endpoint::parse(url).unwrap();
    let secrets = [SigningSecret::random()];
    Sender::new(guard, timeout, 8)
        .unwrap()
        .send(&endpoint, &message(), &secrets, Some("00-ab-cd-01"))
        .await
}

async fn reply(answer: impl Into<Vec<u8>>) -> Reply {
    let sink = Sink::answering(answer).await;
    call(OPEN, PATIENCE, &sink.url()).await.result.unwrap()
}

#[tokio::test]
async fn sends_the_event_with_its_headers_and_reads_the_answer() {
    let mut sink = Sink::answering("HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nfine").await;
    let exchange = call(OPEN, PATIENCE, &sink.url()).await;
    let reply = exchange.result.unwrap();
    assert_eq!((reply.status, &reply.body[..]), (201, &b"fine"[..]));
    let request = sink.requests.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /in?token=t HTTP/1.1\r\n"), "{head}");
    for header in [
        "content-type: application/cloudevents+json",
        "webhook-id: evt_1",
        "webhook-signature: v1,",
        "traceparent: 00-ab-cd-01",
        &format!("webhook-timestamp: {}", exchange.at.as_secs()),
    ] {
        assert!(head.contains(header), "{header} is not in {head}");
    }
    assert_eq!(body.as_bytes(), message().body);
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_and_as_a_date() {
    let seconds = "HTTP/1.1 429 Slow Down\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n";
    let seconds = reply(seconds).await;
    assert_eq!(
        (seconds.status, seconds.retry_after),
        (429, Some(Duration::from_secs(120)))
    );
    let far = "HTTP/1.1 503 Busy\r\nretry-after: Fri, 31 Dec 2100 23:59:59 GMT\r\ncontent-length: 0\r\n\r\n";
    assert!(reply(far).await.retry_after > Some(Duration::from_secs(24 * 3600)));
    let gone = reply("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!((gone.status, gone.retry_after), (410, None));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let mut target = Sink::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let redirect = format!(
        "HTTP/1.1 307 Elsewhere\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        target.url()
    );
    assert_eq!(reply(redirect).await.status, 307);
    assert!(
        target.requests.try_recv().is_err(),
        "nobody called the target"
    );
}

#[tokio::test]
async fn an_endpoint_that_never_answers_times_out() {
    let sink = Sink::answering("").await;
    let timeout = Duration::from_millis(200);
    let exchange = call(OPEN, timeout, &sink.url()).await;
    assert_eq!(exchange.result, Err("no answer within 200ms".to_owned()));
    assert!(exchange.latency >= timeout);
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_vec();
    answer.resize(answer.len() + 10_000, b'x');
    let body = reply(answer).await.body;
    assert_eq!(body.len(), MAX_ANSWER_BYTES);
}

#[tokio::test]
async fn a_body_that_stalls_costs_no_success() {
    let sink = Sink::answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let exchange = call(OPEN, Duration::from_millis(300), &sink.url()).await;
    let reply = exchange.result.unwrap();
    assert_eq!((reply.status, &reply.body[..]), (200, &b"half"[..]));
}

#[tokio::test]
async fn private_addresses_are_refused_at_the_call_and_never_connected_to() {
    let mut sink = Sink::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let strict = Guard {
        allow_private: false,
    };
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost"] {
        let url = format!("http://{host}:{}/", sink.address.port());
        let error = call(strict, PATIENCE, &url).await.result.unwrap_err();
        assert!(error.contains("not public"), "{host}: {error}");
    }
    assert!(sink.requests.try_recv().is_err());
}

#[tokio::test]
async fn a_closed_port_is_an_error_that_names_no_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/in?token=secret-token");
    let error = call(OPEN, PATIENCE, &url).await.result.unwrap_err();
    assert!(
        error.starts_with("could not connect") && !error.contains("secret-token"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_not_http_is_an_error() {
    let sink = Sink::answering("SSH-2.0-nonsense\r\n").await;
    let error = call(OPEN, PATIENCE, &sink.url()).await.result.unwrap_err();
    assert!(error.starts_with("the call broke off"), "{error}");
}
