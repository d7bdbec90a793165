use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A gateway, and the key that opens it.
#[derive(Debug, Clone)]
pub struct Target {
    /// `host:port`, as a socket is opened and as `Host` names it.
    pub address: String,
    authorization: String,
}

impl Target {
    /// `url` is `http://host` or `http://host:port`; load goes over plain HTTP.
    pub fn new(url: &str, key: &str) -> anyhow::Result<Self> {
        let host = url
            .strip_prefix("http://")
            .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
            .with_context(|| format!("{url} is no http:// address"))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            bail!("{url} is not http://host:port");
        }
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_graphic()) {
            bail!("the key must be printable characters without spaces");
        }
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        Ok(Self {
            address,
            authorization: format!("Bearer {key}"),
        })
    }

    /// The same place, where the key is given as the password of any user.
    #[must_use]
    pub fn basic(&self, user: &str, key: &str) -> Self {
        let credentials = STANDARD.encode(format!("{user}:{key}"));
        Self {
            authorization: format!("Basic {credentials}"),
            ..self.clone()
        }
    }

    /// The bytes of a request without a body.
    #[must_use]
    pub fn request(&self, method: &str, path: &str) -> Vec<u8> {
        let Self {
            address,
            authorization,
        } = self;
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {authorization}\r\n\r\n"
        )
        .into_bytes()
    }

    /// The bytes of a request with a body.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
        self.send_with(method, path, &[("content-type", content_type)], body)
    }

    /// The bytes of a request with these fields and a body.
    #[must_use]
    pub fn send_with(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut bytes = self.request(method, path);
        bytes.truncate(bytes.len() - 2);
        for (name, value) in fields {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    #[must_use]
    pub fn post_json(&self, path: &str, body: &str) -> Vec<u8> {
        self.send("POST", path, "application/json", body.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Side, field, parse};

    #[test]
    fn writes_what_a_reader_reads() {
        let target = Target::new("http://localhost:8080/", "key").unwrap();
        let bytes = target.post_json("/v1/contacts", "{}");
        let message = parse(&bytes, Side::Request).unwrap().unwrap();
        assert_eq!(
            field(&bytes, "content-type"),
            Some("application/json"),
            "fields stand before the body"
        );
        assert_eq!(
            (message.body, message.length),
            (b"{}".to_vec(), bytes.len())
        );
    }

    #[test]
    fn knows_hosts_with_and_without_a_port() {
        let address = |url| Target::new(url, "key").map(|target| target.address).ok();
        assert_eq!(address("http://here").as_deref(), Some("here:80"));
        assert_eq!(address("http://[::1]:81").as_deref(), Some("[::1]:81"));
        for wrong in ["https://here", "http://", "http://a/b", "http://a\r\nb"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
