//! `POST /v1/signed-urls`: a URL for somebody who has no key. The edge signs what is answered here, if it may be signed.

use crate::domain::signature::{self, LONGEST};
use actix_web::http::StatusCode;
use bytes::Bytes;
use runtime::Ctx;
use serde_json::json;
use std::time::Duration;
use web::{Answer, Fault, Faults, Object, Problem};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const MAX_PATH: usize = 4 << 10;

pub async fn create(ctx: Ctx, body: Bytes) -> Result<Answer, Problem> {
    let value = web::input::json(&body)?;
    let mut faults = Faults::new();
    let mut object = Object::root(&value)?;
    let method = object.text("method", 10, &mut faults);
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let path = object.required_text("path", MAX_PATH, &mut faults);
    if object.value("expires_in").is_none() {
        faults.add(Fault::pointer("#/expires_in", "is required"));
    }
    let seconds = object.integer("expires_in", 1, LONGEST.as_secs(), &mut faults);
    object.ignore(&["url", "expires_at"]);
    object.finish(&mut faults);
    if !METHODS.contains(&method.as_str()) {
        let detail = format!("must be one of {}", METHODS.join(", "));
        faults.add(Fault::pointer("#/method", detail));
    }
    if let Some(detail) = wrong_path(&path) {
        faults.add(Fault::pointer("#/path", detail));
    }
    let seconds = faults.or(seconds.unwrap_or(1))?;
    let expires_at = ctx.now + Duration::from_secs(seconds);
    let answer = json!({ "method": method, "url": path, "expires_at": expires_at });
    Answer::json(StatusCode::CREATED, &answer)
}

/// Why this cannot be a path of this API, with or without a query. An absent one is wrong already.
fn wrong_path(path: &str) -> Option<&'static str> {
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let (start, query) = path.split_once('?').unwrap_or((path, ""));
    if path.is_empty() {
        None
    } else if !start.starts_with('/') || start.starts_with("//") || !is_plain {
        Some("must be a path and a query, percent-encoded, such as /v1/images/img_…/render?w=300")
    } else if signature::is_signed(query) {
        Some("is signed already, or has the parameters `exp` or `sig`")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::wrong_path;
    use proptest::prelude::*;

    #[test]
    fn only_paths_of_our_own_are_signed() {
        assert_eq!(wrong_path("/v1/a?w=%20"), None);
        for bad in [
            "v1",
            "//host/v1",
            "https://host/v1",
            "/v1#a",
            "/v1 a",
            "/ä",
            "/v1?exp=5",
            "/v1?a=1&s%69g=5",
        ] {
            assert!(wrong_path(bad).is_some(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(path in "\\PC{0,60}") {
            let _ = wrong_path(&path);
        }
    }
}
