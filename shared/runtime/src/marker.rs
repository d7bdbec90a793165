//! Makes a repeated request harmless: the first answer is stored in the very commit that the request caused.

use crate::frame::{Request, Response};
use bytes::{Bytes, BytesMut};
use ports::{Result, Timestamp, store::Put};
use sha2::{Digest, Sha256};
use std::time::Duration;
use web::{Problem, ProblemKind};

/// How long the answer to a request with an `Idempotency-Key` is kept.
const KEYED: Duration = Duration::from_secs(24 * 3600);
/// How long a request without one is remembered past its deadline. No bus gives a request out after that, but clocks
/// differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);
const FINGERPRINT: usize = 32;

/// The identity of one unsafe request, whether it comes again from its caller or from the bus.
#[derive(Clone)]
pub struct Marker {
    pub key: String,
    /// The caller named the request; otherwise only the bus could repeat it.
    pub keyed: bool,
    fingerprint: [u8; FINGERPRINT],
}

impl Marker {
    /// `None` for safe requests.
    pub fn of(service: &str, request: &Request) -> Result<Option<Self>, Problem> {
        if request.is_safe() {
            return Ok(None);
        }
        let named = request
            .header("idempotency-key")
            .filter(|_| request.head.method == "POST");
        let key = match named.map(unquote) {
            None => format!("{service}/request/{}", request.head.request_id),
            Some(name)
                if (1..=255).contains(&name.len())
                    && name.bytes().all(|b| (b' '..=b'~').contains(&b)) =>
            {
                let caller_s = Sha256::new()
                    .chain_update(&request.head.principal.key_id)
                    .chain_update([0])
                    .chain_update(name);
                format!("{service}/idempotency/{}", hex(&caller_s.finalize()))
            }
            Some(_) => {
                let fault = web::Fault::header(
                    "Idempotency-Key",
                    "has 1 to 255 printable ASCII characters",
                );
                return Err(Problem::invalid(vec![fault]));
            }
        };
        Ok(Some(Self {
            key,
            keyed: named.is_some(),
            fingerprint: fingerprint(request),
        }))
    }

    /// The item to commit with the effects of a request whose deadline is `time_left` away. `secrets` are left out of
    /// what a replay will show.
    pub fn put(
        &self,
        response: &Response,
        secrets: &[&str],
        now: Timestamp,
        time_left: Duration,
    ) -> Result<Put> {
        let mut response = response.clone();
        if !secrets.is_empty() {
            response.body = without(&response.body, secrets);
        }
        Ok(Put {
            key: self.key.clone(),
            value: self.seal(&response.encode()?),
            expires_at: Some(now + self.kept(time_left)),
            due_at: None,
        })
    }

    /// How long what belongs to the request is remembered.
    pub fn kept(&self, time_left: Duration) -> Duration {
        if self.keyed {
            KEYED
        } else {
            time_left + CLOCKS_DIFFER
        }
    }

    /// Where one of the request's steps leaves its answer.
    pub fn step(&self, number: usize) -> String {
        format!("{}/step/{number}", self.key)
    }

    /// What only this request may read back.
    pub fn seal(&self, value: &[u8]) -> Bytes {
        let mut sealed = BytesMut::from(self.fingerprint.as_slice());
        sealed.extend_from_slice(value);
        sealed.freeze()
    }

    /// What was sealed, or 422 when this is another request under the same key.
    pub fn unseal(&self, stored: &Bytes) -> Result<Bytes, Problem> {
        let (fingerprint, value) = stored
            .split_at_checked(FINGERPRINT)
            .ok_or_else(|| Problem::new(ProblemKind::Internal, "a stored answer cannot be read"))?;
        if fingerprint != self.fingerprint {
            return Err(Problem::new(
                ProblemKind::IdempotencyKeyReused,
                "this Idempotency-Key was used for another request; use a new one",
            ));
        }
        Ok(stored.slice_ref(value))
    }

    /// The first answer again, or 422 when this is another request under the same key.
    pub fn replay(&self, stored: &Bytes) -> Result<Response, Problem> {
        let mut response = Response::decode(self.unseal(stored)?)?;
        response
            .head
            .headers
            .push(("idempotency-replayed".to_owned(), "true".to_owned()));
        Ok(response)
    }
}

/// The draft writes the key as a quoted string; many clients leave the quotes out.
fn unquote(value: &str) -> &str {
    let value = value.trim();
    value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value)
}

fn fingerprint(request: &Request) -> [u8; FINGERPRINT] {
    let mut hash = Sha256::new();
    hash.update(&request.head.method);
    hash.update([0]);
    hash.update(&request.head.uri);
    hash.update([0]);
    match &request.head.upload {
        Some(upload) => hash.update(&upload.sha256),
        None => hash.update(&request.body),
    }
    hash.finalize().into()
}

fn without(body: &Bytes, secrets: &[&str]) -> Bytes {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return Bytes::new();
    };
    for pointer in secrets {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        if let Some(object) = value
            .pointer_mut(parent)
            .and_then(serde_json::Value::as_object_mut)
        {
            object.remove(name);
        }
    }
    value.to_string().into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{RequestHead, ResponseHead};
    use ports::Tenant;
    use web::{Principal, Scopes};

    fn post(body: &'static str, key: Option<&str>) -> Request {
        let principal = Principal {
            tenant: Tenant::parse("default").unwrap(),
            key_id: "key_1".to_owned(),
            scopes: Scopes::admin(),
            root: false,
        };
        let headers = key
            .map(|key| ("Idempotency-Key".to_owned(), key.to_owned()))
            .into_iter()
            .collect();
        let head = RequestHead {
            method: "POST".to_owned(),
            uri: "/v1/keys".to_owned(),
            headers,
            principal,
            request_id: "r1".to_owned(),
            traceparent: None,
            upload: None,
        };
        Request {
            head,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn answer() -> Response {
        let head = ResponseHead {
            status: 201,
            headers: vec![],
            blob: None,
            continuation: None,
        };
        Response {
            head,
            body: Bytes::from_static(br#"{"id":"key_2","secret":"s3cret","inner":{"secret":"x"}}"#),
        }
    }

    #[test]
    fn the_first_answer_comes_again_without_its_secrets() {
        let marker = Marker::of("gateway", &post("{}", Some("\"k\"")))
            .unwrap()
            .unwrap();
        let put = marker
            .put(
                &answer(),
                &["/secret", "/inner/secret"],
                Timestamp::now(),
                Duration::ZERO,
            )
            .unwrap();
        let same = Marker::of("gateway", &post("{}", Some("k")))
            .unwrap()
            .unwrap();
        assert_eq!(same.key, marker.key, "quoted and bare keys are the same");
        let replay = same.replay(&put.value).unwrap();
        assert_eq!(replay.body.as_ref(), br#"{"id":"key_2","inner":{}}"#);
        assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    }

    #[test]
    fn another_body_under_the_same_key_is_refused() {
        let put = Marker::of("gateway", &post("{}", Some("k")))
            .unwrap()
            .unwrap()
            .put(&answer(), &[], Timestamp::now(), Duration::ZERO)
            .unwrap();
        let other = Marker::of("gateway", &post("{\"a\":1}", Some("k")))
            .unwrap()
            .unwrap();
        assert_eq!(other.replay(&put.value).unwrap_err().status().as_u16(), 422);
        assert!(other.replay(&Bytes::from_static(b"short")).is_err());
    }

    #[test]
    fn keys_are_bounded_and_safe_requests_have_none() {
        assert!(Marker::of("gateway", &post("{}", Some(""))).is_err());
        assert!(Marker::of("gateway", &post("{}", Some(&"k".repeat(256)))).is_err());
        let marked = |method: &str| {
            let mut request = post("", Some("k"));
            method.clone_into(&mut request.head.method);
            Marker::of("gateway", &request).unwrap().is_some()
        };
        assert!(!["GET", "PROPFIND", "REPORT"].into_iter().any(marked));
        assert!(["PUT", "PROPPATCH", "MKCOL"].into_iter().all(marked));
    }
}
