use crate::cli::Gateway;
use anyhow::{Context, bail};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;
use std::time::Duration;

const HERE: &str = "http://127.0.0.1:8080";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of a gateway that answers.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// A gateway and the key to it.
pub struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    pub fn new(gateway: &Gateway) -> anyhow::Result<Self> {
        let url = gateway
            .url
            .clone()
            .or_else(|| std::env::var("SWITCHBOARD_URL").ok());
        let url = url.unwrap_or_else(|| HERE.to_owned());
        let key = gateway
            .key
            .clone()
            .or_else(|| std::env::var("SWITCHBOARD_KEY").ok());
        let key = key.context("needs an API key: set SWITCHBOARD_KEY, or give --key")?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            key,
        })
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.url);
        let key = format!("Bearer {}", self.key);
        self.http
            .request(method, url)
            .header(header::AUTHORIZATION, key)
    }

    /// The answer, if it is a success; otherwise what the problem says.
    pub async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let answer = request
            .send()
            .await
            .with_context(|| format!("asking {}", self.url))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = answer.bytes().await.unwrap_or_default();
        bail!("{}", explain(status, &body))
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.send(self.request(Method::GET, path)).await?;
        read(answer).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        read(self.send(request).await?).await
    }
}

/// JSON; null when there is no body.
pub async fn read(answer: Response) -> anyhow::Result<Value> {
    let body = answer.bytes().await.context("reading the answer")?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).context("the answer is no JSON; is this a Switchboard gateway?")
}

/// A problem (RFC 9457) in a line, and a line for each fault.
fn explain(status: StatusCode, body: &[u8]) -> String {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
    let mut lines = vec![
        text(&problem, "detail")
            .or_else(|| text(&problem, "title"))
            .unwrap_or_else(|| format!("the gateway answered {status}")),
    ];
    for fault in problem["errors"].as_array().into_iter().flatten() {
        let place = ["pointer", "parameter", "header"]
            .into_iter()
            .find_map(|name| text(fault, name));
        let place = place.unwrap_or_default();
        let detail = text(fault, "detail").unwrap_or_default();
        lines.push(format!("  {place}: {detail}"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_tells_every_fault() {
        let body = br##"{"detail": "two faults", "errors": [
            {"pointer": "#/name", "detail": "is required"}, {"parameter": "x", "detail": "is not known"}]}"##;
        let told = explain(StatusCode::BAD_REQUEST, body);
        assert_eq!(told, "two faults\n  #/name: is required\n  x: is not known");
        let told = explain(StatusCode::BAD_GATEWAY, b"<html>");
        assert_eq!(told, "the gateway answered 502 Bad Gateway");
    }
}
