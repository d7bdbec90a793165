//! Where a webhook goes.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Longest endpoint in bytes.
pub const MAX_BYTES: usize = 2_048;

/// An absolute `http` or `https` URL without user information, kept as its owner wrote it.
///
/// Its query may hold a token: show it to the owner, never in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    text: String,
    url: Url,
}

/// What an endpoint's host says about where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host<'a> {
    Address(IpAddr),
    Name(&'a str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    #[error("is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("must be an absolute http or https URL")]
    NotAUrl,
    #[error("must not hold a user name or a password")]
    UserInfo,
}

impl Endpoint {
    pub fn parse(text: &str) -> Result<Self, InvalidEndpoint> {
        if text.len() > MAX_BYTES {
            return Err(InvalidEndpoint::TooLong);
        }
        // The URL standard drops white space silently; then what is shown would not be what is called.
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(InvalidEndpoint::NotAUrl);
        }
        let url = Url::parse(text).map_err(|_| InvalidEndpoint::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(InvalidEndpoint::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidEndpoint::UserInfo);
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The URL standard has already turned every spelling of an address (`0x7f.1`, `2130706433`) into its usual one.
    #[must_use]
    pub fn host(&self) -> Host<'_> {
        let host = self.url.host_str().unwrap_or_default();
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        bare.parse().map_or(Host::Name(host), Host::Address)
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.url.origin().ascii_serialization())
    }
}

impl TryFrom<String> for Endpoint {
    type Error = InvalidEndpoint;
    fn try_from(text: String) -> Result<Self, InvalidEndpoint> {
        Self::parse(&text)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_an_address_is_an_address() {
        for (text, address) in [
            ("http://127.0.0.1:9/x", "127.0.0.1"),
            ("http://0x7f.1/", "127.0.0.1"),
            ("http://2130706433/", "127.0.0.1"),
            ("http://0177.0.0.1/", "127.0.0.1"),
            ("https://[::1]/", "::1"),
            ("https://[::ffff:10.0.0.1]:8443/", "::ffff:10.0.0.1"),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(
                endpoint.host(),
                Host::Address(address.parse().unwrap()),
                "{text}"
            );
            assert_eq!(endpoint.as_str(), text);
        }
        let named = Endpoint::parse("https://Hooks.example.com/in?token=t").unwrap();
        assert_eq!(named.host(), Host::Name("hooks.example.com"));
        assert_eq!(format!("{named:?}"), "https://hooks.example.com");
    }

    #[test]
    fn what_is_no_plain_web_address_is_refused() {
        for text in [
            "",
            "example.com",
            "/in",
            "ftp://example.com/",
            "http://",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://exa mple.com/",
            " http://example.com",
            "http://example.com/\n",
        ] {
            assert_eq!(
                Endpoint::parse(text),
                Err(InvalidEndpoint::NotAUrl),
                "{text:?}"
            );
        }
        for text in ["http://user@example.com/", "https://user:pw@example.com/"] {
            assert_eq!(Endpoint::parse(text), Err(InvalidEndpoint::UserInfo));
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_BYTES));
        assert_eq!(Endpoint::parse(&long), Err(InvalidEndpoint::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(http(s)?://)?\\PC{0,60}") {
            let _ = Endpoint::parse(&text).map(|endpoint| format!("{:?}", endpoint.host()));
        }
    }
}
