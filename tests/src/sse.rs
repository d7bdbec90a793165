//! Reads a stream of server-sent events as a client does.

use crate::Client;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinHandle;

/// What has come over the stream so far, as (id, event).
pub struct EventStream {
    events: Arc<Mutex<Vec<(String, Value)>>>,
    reader: JoinHandle<()>,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl EventStream {
    /// Returns when the gateway has opened the stream.
    pub async fn open(client: &Client, query: &str, last_event_id: Option<&str>) -> Self {
        let mut request = client
            .request(Method::GET, &format!("/v1/events{query}"))
            .header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("a stream");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let events: Arc<Mutex<Vec<_>>> = Arc::default();
        let seen = events.clone();
        let mut bytes = response.bytes_stream();
        let first = tokio::time::timeout(Duration::from_secs(10), bytes.next())
            .await
            .expect("the first bytes in time");
        let mut text =
            String::from_utf8(first.expect("bytes").expect("bytes").to_vec()).expect("UTF-8");
        let reader = tokio::spawn(async move {
            loop {
                while let Some((frame, rest)) = text.split_once("\n\n") {
                    let parsed = parse(frame);
                    text = rest.to_owned();
                    seen.lock().expect("the events").extend(parsed);
                }
                match bytes.next().await {
                    Some(Ok(more)) => text.push_str(std::str::from_utf8(&more).expect("UTF-8")),
                    _ => return,
                }
            }
        });
        Self { events, reader }
    }

    #[must_use]
    pub fn events(&self) -> Vec<(String, Value)> {
        self.events.lock().expect("the events").clone()
    }

    #[must_use]
    pub fn types(&self) -> Vec<String> {
        self.events()
            .iter()
            .map(|(_, event)| event["type"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

fn parse(frame: &str) -> Option<(String, Value)> {
    let field = |name: &str| {
        frame
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let data = field("data:")?;
    Some((
        field("id:")?.to_owned(),
        serde_json::from_str(data).expect("an event"),
    ))
}
