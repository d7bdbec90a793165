use reqwest::StatusCode;
use std::error::Error;

/// An answer of S3, or of whoever gives credentials, that is no success.
///
/// Of its body only the code is kept: S3 repeats there what was signed, a session's token among it.
#[derive(Debug, thiserror::Error)]
#[error("the answer was {status} {code}")]
pub struct Refusal {
    status: StatusCode,
    code: String,
}

impl Refusal {
    pub fn new(status: StatusCode, body: &[u8]) -> Self {
        let code = code(&String::from_utf8_lossy(body)).unwrap_or_default();
        Self { status, code }
    }

    /// The refusal that made an operation fail, when it was one.
    pub fn of(error: &object_store::Error) -> Option<&Self> {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(refusal) = error.downcast_ref() {
                return Some(refusal);
            }
            cause = error.source();
        }
        None
    }

    /// The bucket is there, the object is not.
    pub fn is_missing_object(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && self.code != "NoSuchBucket"
    }

    /// The object has no byte of the range.
    pub fn is_outside(&self) -> bool {
        self.status == StatusCode::RANGE_NOT_SATISFIABLE
    }

    /// The same request would be refused again: the wrong bucket, region or credentials.
    pub fn is_final(&self) -> bool {
        let may_pass = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        !self.status.is_server_error() && !may_pass.contains(&self.status)
    }
}

/// `<Error><Code>NoSuchKey</Code>…`
fn code(body: &str) -> Option<String> {
    let (_, rest) = body.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_name = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = b"<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
        <CanonicalRequest>x-amz-security-token:hidden</CanonicalRequest></Error>";

    #[test]
    fn only_the_code_is_kept() {
        let refusal = Refusal::new(StatusCode::FORBIDDEN, BODY);
        let text = format!("{refusal} {refusal:?}");
        assert!(
            text.contains("403 Forbidden SignatureDoesNotMatch"),
            "{text}"
        );
        assert!(!text.contains("hidden"));
        assert!(refusal.is_final());
    }

    #[test]
    fn a_missing_bucket_is_no_missing_blob() {
        let missing = |body| Refusal::new(StatusCode::NOT_FOUND, body).is_missing_object();
        assert!(missing(b"<Code>NoSuchKey</Code>"));
        // The answer to HEAD has no body.
        assert!(missing(b""));
        assert!(!missing(b"<Code>NoSuchBucket</Code>"));
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body: Vec<u8>, text in ".{0,40}") {
            let _ = Refusal::new(StatusCode::BAD_REQUEST, &body);
            let body = format!("<Code>{text}</Code>");
            let code = Refusal::new(StatusCode::BAD_REQUEST, body.as_bytes()).code;
            prop_assert!(code.is_empty() || code == text);
        }
    }
}
