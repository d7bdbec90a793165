use crate::{Answer, Fault, Faults, Params, Problem};
use actix_web::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::json;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

/// `limit` and `cursor` of a list request. A cursor is opaque to callers: base64url of what the list continues behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    pub limit: usize,
    pub after: Option<String>,
}

impl Paging {
    pub fn read(params: &Params, faults: &mut Faults) -> Self {
        let limit = match params.get("limit") {
            None => Some(DEFAULT_LIMIT),
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit)),
        };
        if limit.is_none() {
            let detail = "must be a whole number from 1 to 500";
            faults.add(Fault::parameter("limit", detail));
        }
        let cursor = params.get("cursor");
        let after = cursor.and_then(decode);
        if cursor.is_some() && after.is_none() {
            faults.add(Fault::parameter("cursor", "is not a cursor of this list"));
        }
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        Self { limit, after }
    }
}

fn decode(cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    (text.len() <= 800 && !text.chars().any(char::is_control)).then_some(text)
}

/// `{"data": […], "next_cursor": …}` with its `Link` header. `path` is the list's own path, `params` what to repeat in the link.
pub fn list_answer(
    data: &[impl Serialize],
    next: Option<&str>,
    path: &str,
    repeat: &[(&str, Option<&str>)],
) -> Result<Answer, Problem> {
    let cursor = next.map(|after| URL_SAFE_NO_PAD.encode(after));
    let answer = Answer::json(
        StatusCode::OK,
        &json!({ "data": data, "next_cursor": cursor }),
    )?;
    let Some(cursor) = cursor else {
        return Ok(answer);
    };
    let mut link = format!("{path}?cursor={cursor}");
    for (name, value) in repeat {
        if let Some(value) = value {
            link.push_str(&format!(
                "&{name}={}",
                utf8_percent_encode(value, NON_ALPHANUMERIC)
            ));
        }
    }
    Ok(answer.header(header::LINK, format!("<{link}>; rel=\"next\"")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_are_bounded() {
        let paging = |query| {
            let mut faults = Faults::new();
            let paging = Paging::read(&Params::parse(query), &mut faults);
            faults.or(paging)
        };
        assert_eq!(
            paging("").unwrap(),
            Paging {
                limit: 50,
                after: None
            }
        );
        assert_eq!(paging("limit=500").unwrap().limit, 500);
        for bad in [
            "limit=0",
            "limit=501",
            "limit=x",
            "limit=-1",
            "cursor=%20",
            "cursor=_w",
        ] {
            assert!(paging(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn cursors_round_trip_and_never_panic(text in "\\PC{0,80}") {
            let _ = decode(&text);
            prop_assert_eq!(decode(&URL_SAFE_NO_PAD.encode(&text)), Some(text));
        }
    }
}
