//! HTTP requests and responses as bus messages: a little-endian `u32` with the head's length, the head as JSON, the body.
//!
//! The head is JSON so that two versions can run side by side: what one does not know, it ignores.

use bytes::{BufMut, Bytes, BytesMut};
use contracts::uploads::Received;
use ports::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use web::Principal;

/// A request as the gateway hands it to a service.
#[derive(Debug, Clone)]
pub struct Request {
    pub head: RequestHead,
    pub body: Bytes,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestHead {
    pub method: String,
    /// Path and query, still percent-encoded.
    pub uri: String,
    pub headers: Vec<(String, String)>,
    pub principal: Principal,
    pub request_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The streamed body, when there is one; the frame's own body is then empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Received>,
}

/// A service's answer.
#[derive(Debug, Clone)]
pub struct Response {
    pub head: ResponseHead,
    pub body: Bytes,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResponseHead {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The body is this blob; the gateway streams it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The body is a part: the same request with this token in [`web::CONTINUATION`] gets the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation: Option<String>,
}

impl Request {
    pub fn encode(&self) -> Result<Bytes> {
        encode(&self.head, &self.body)
    }

    pub fn decode(frame: Bytes) -> Result<Self> {
        decode(frame).map(|(head, body)| Self { head, body })
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// These methods promise to change nothing (RFC 9110, section 9.2.1; RFC 4918, section 9.1; RFC 3253, section 3.6).
    #[must_use]
    pub fn is_safe(&self) -> bool {
        let method = self.head.method.as_str();
        matches!(method, "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT")
    }
}

impl Response {
    pub fn encode(&self) -> Result<Bytes> {
        encode(&self.head, &self.body)
    }

    pub fn decode(frame: Bytes) -> Result<Self> {
        decode(frame).map(|(head, body)| Self { head, body })
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

fn encode(head: &impl Serialize, body: &[u8]) -> Result<Bytes> {
    let mut frame = BytesMut::with_capacity(512 + body.len()).writer();
    frame.get_mut().put_u32_le(0);
    serde_json::to_writer(&mut frame, head)
        .map_err(|e| Error::internal("serialising a frame's head").with_source(e))?;
    let mut frame = frame.into_inner();
    let head_length = u32::try_from(frame.len() - 4)
        .map_err(|e| Error::internal("a frame's head").with_source(e))?;
    frame[..4].copy_from_slice(&head_length.to_le_bytes());
    frame.extend_from_slice(body);
    Ok(frame.freeze())
}

fn decode<Head: DeserializeOwned>(mut frame: Bytes) -> Result<(Head, Bytes)> {
    let broken = || Error::invalid("a frame that is cut short");
    let length = frame
        .first_chunk::<4>()
        .map(|bytes| u32::from_le_bytes(*bytes) as usize)
        .ok_or_else(broken)?;
    let end = length
        .checked_add(4)
        .filter(|end| *end <= frame.len())
        .ok_or_else(broken)?;
    let head = serde_json::from_slice(&frame[4..end])
        .map_err(|e| Error::invalid("a frame's head").with_source(e))?;
    Ok((head, frame.split_off(end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn response(body: &[u8]) -> Response {
        let headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
        Response {
            head: ResponseHead {
                status: 200,
                headers,
                blob: None,
                continuation: None,
            },
            body: Bytes::copy_from_slice(body),
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let decoded = Response::decode(response(b"hello").encode().unwrap()).unwrap();
        assert_eq!(
            (decoded.head.status, decoded.body.as_ref()),
            (200, b"hello".as_slice())
        );
        assert_eq!(decoded.header("content-type"), Some("text/plain"));
    }

    #[test]
    fn members_of_a_newer_version_are_ignored() {
        let head = br#"{"status":204,"headers":[],"colour":"red"}"#;
        let mut frame = (head.len() as u32).to_le_bytes().to_vec();
        frame.extend_from_slice(head);
        assert_eq!(Response::decode(frame.into()).unwrap().head.status, 204);
    }

    proptest! {
        #[test]
        fn hostile_frames_are_refused(frame in proptest::collection::vec(any::<u8>(), 0..64), cut in 0usize..100) {
            let _ = Request::decode(frame.into());
            let whole = response(b"body").encode().unwrap();
            if cut < whole.len() - 4 {
                prop_assert!(Response::decode(whole.slice(..cut)).is_err());
            }
        }
    }
}
