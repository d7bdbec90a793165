//! What clients say in the protocol of resumable uploads, tus 1.0.0 (<https://tus.io/protocols/resumable-upload>).

mod checksum;
mod metadata;

pub use checksum::{ALGORITHMS, Algorithm, Checksum, Digest};
pub use metadata::Metadata;

use super::{catalogue::Rules, media, resumable::Draft};
use actix_web::http::header::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use web::{Fault, Faults, Problem, ProblemKind};

pub const VERSION: &str = "1.0.0";
pub const RESUMABLE: &str = "tus-resumable";
/// The type of bodies that are a piece of an upload.
pub const PIECE: &str = "application/offset+octet-stream";

/// A text field of a request.
#[must_use]
pub fn field<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Refuses other versions of the protocol, and requests that do not speak it.
pub fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    if field(headers, RESUMABLE) == Some(VERSION) {
        return Ok(());
    }
    let detail = format!("the field Tus-Resumable must be {VERSION}");
    Err(Problem::new(ProblemKind::PreconditionFailed, detail).header("tus-version", VERSION))
}

/// A field that counts bytes.
pub fn bytes(headers: &HeaderMap, name: &'static str) -> Result<u64, Problem> {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = field(headers, name).filter(digits);
    number.and_then(|text| text.parse().ok()).ok_or_else(|| {
        let fault = Fault::header(name, "must be a number of bytes, in digits");
        Problem::invalid(vec![fault])
    })
}

/// Refuses a body that is no piece of an upload.
pub fn check_piece(headers: &HeaderMap) -> Result<(), Problem> {
    let content_type = field(headers, "content-type").unwrap_or_default();
    if media::essence(content_type) == PIECE {
        return Ok(());
    }
    let detail = format!("the body must be {PIECE}");
    Err(Problem::new(ProblemKind::UnsupportedMediaType, detail).header("accept", PIECE))
}

/// The upload that is asked for, if `rules` of the operation that it is for and the `limit` in bytes allow it.
pub fn draft(headers: &HeaderMap, rules: &Rules, limit: u64) -> Result<Draft, Problem> {
    if headers.contains_key("upload-defer-length") {
        let fault = Fault::header("Upload-Defer-Length", "is not offered; say Upload-Length");
        return Err(Problem::invalid(vec![fault]));
    }
    let length = bytes(headers, "upload-length")?;
    if length > limit {
        let detail = format!("the upload is larger than {limit} bytes");
        let problem = Problem::new(ProblemKind::BodyTooLarge, detail);
        return Err(problem.header("tus-max-size", limit.to_string()));
    }
    let text = headers.get("upload-metadata").map(HeaderValue::as_bytes);
    let metadata = Metadata::parse(text.unwrap_or_default())?;
    Ok(Draft {
        length,
        content_type: content_type(&metadata, &rules.content_types)?,
        query: query(&metadata, rules),
        metadata: text.map(|text| String::from_utf8_lossy(text).into_owned()),
    })
}

/// The `filetype`, which becomes the `Content-Type` of the request that the upload is to become.
fn content_type(metadata: &Metadata, declared: &[String]) -> Result<String, Problem> {
    let kind = metadata.get("filetype").map(str::trim);
    let Some(kind) = kind.filter(|kind| !media::is_unknown(kind)) else {
        return Ok(media::OCTETS.to_owned());
    };
    if HeaderValue::from_str(kind).is_err() {
        let detail = "the filetype must be a media type, such as image/png";
        return Err(Problem::invalid(vec![Fault::header(
            "Upload-Metadata",
            detail,
        )]));
    }
    if !media::is_declared(kind, declared) {
        let detail = format!("the filetype must be {}", declared.join(", "));
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    Ok(kind.to_owned())
}

/// Metadata that are named like parameters of the operation are its parameters.
fn query(metadata: &Metadata, rules: &Rules) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let parameters = metadata.iter().filter(|(name, _)| {
        let mut known = rules.parameters.iter();
        known.any(|known| known == name)
    });
    let pairs = parameters.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A `POST` can stand for another method, for programs that can send no other.
pub fn method<'a>(method: &'a str, headers: &'a HeaderMap) -> Result<&'a str, Problem> {
    let Some(wanted) = field(headers, "x-http-method-override").filter(|_| method == "POST") else {
        return Ok(method);
    };
    match wanted {
        "PATCH" | "DELETE" | "HEAD" | "POST" => Ok(wanted),
        _ => {
            let mut faults = Faults::new();
            faults.add(Fault::header(
                "X-HTTP-Method-Override",
                "must be PATCH, DELETE or HEAD",
            ));
            faults.or(wanted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderName;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;
    use serde_json::json;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = fields.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        pairs.collect()
    }

    fn rules() -> Rules {
        let operation = json!({
            "parameters": [{ "in": "query", "name": "presets" }],
            "requestBody": { "content": { "image/*": {}, "multipart/form-data": {} } },
        });
        Rules::read(&json!({}), &operation, &json!({}))
    }

    fn status(fields: &[(&'static str, &str)]) -> u16 {
        let refused = draft(&headers(fields), &rules(), 100).unwrap_err();
        refused.status().as_u16()
    }

    #[test]
    fn metadata_say_the_type_and_the_parameters() {
        // image/png; thumb,small; a.png
        let metadata = "filetype aW1hZ2UvcG5n,presets dGh1bWIsc21hbGw=,filename YS5wbmc=,flag";
        let fields = [("upload-length", "100"), ("upload-metadata", metadata)];
        let read = draft(&headers(&fields), &rules(), 100).unwrap();
        assert_eq!(
            (read.length, read.content_type.as_str()),
            (100, "image/png")
        );
        assert_eq!(read.query, "presets=thumb%2Csmall");
        assert_eq!(read.metadata.as_deref(), Some(metadata));
        let bare = draft(&headers(&[("upload-length", "0")]), &rules(), 100).unwrap();
        assert_eq!(
            (bare.content_type.as_str(), bare.query.as_str()),
            (media::OCTETS, "")
        );
    }

    #[test]
    fn what_cannot_be_is_refused_at_once() {
        assert_eq!(status(&[]), 400);
        assert_eq!(status(&[("upload-length", "+5")]), 400);
        assert_eq!(status(&[("upload-length", "99999999999999999999")]), 400);
        assert_eq!(
            status(&[("upload-length", "5"), ("upload-defer-length", "1")]),
            400
        );
        assert_eq!(status(&[("upload-length", "101")]), 413);
        let text = ("upload-metadata", "filetype dGV4dC9wbGFpbg==");
        assert_eq!(status(&[("upload-length", "5"), text]), 415);
        let broken = ("upload-metadata", "filetype %");
        assert_eq!(status(&[("upload-length", "5"), broken]), 400);
    }

    fn with_filetype(kind: &str) -> Result<Draft, Problem> {
        let metadata = format!("filetype {}", STANDARD.encode(kind));
        let fields = [("upload-length", "5"), ("upload-metadata", &metadata)];
        draft(&headers(&fields), &rules(), 100)
    }

    #[test]
    fn a_filetype_that_no_field_could_carry_is_refused() {
        let read = with_filetype(" image/png\r\n").unwrap();
        assert_eq!(read.content_type, "image/png");
        assert_eq!(with_filetype("\n").unwrap().content_type, media::OCTETS);
        for bad in ["image/png;\na=b", "image/\0", "image/png\u{7f}"] {
            let refused = with_filetype(bad).unwrap_err();
            assert_eq!(refused.status().as_u16(), 400, "{bad:?}");
            let fault = refused.errors()[0].to_json();
            assert_eq!(fault["header"], "Upload-Metadata");
            assert!(fault["detail"].as_str().unwrap().contains("filetype"));
        }
    }

    #[test]
    fn versions_types_and_methods() {
        assert!(check_version(&headers(&[("tus-resumable", "1.0.0")])).is_ok());
        for other in [headers(&[]), headers(&[("tus-resumable", "0.2.2")])] {
            let problem = check_version(&other).unwrap_err();
            assert_eq!(problem.status().as_u16(), 412);
            assert_eq!(problem.headers(), [("tus-version", VERSION.to_owned())]);
        }
        assert!(check_piece(&headers(&[("content-type", PIECE)])).is_ok());
        assert!(check_piece(&headers(&[])).is_err());
        let patch = headers(&[("x-http-method-override", "PATCH")]);
        assert_eq!(method("POST", &patch).unwrap(), "PATCH");
        assert_eq!(method("HEAD", &patch).unwrap(), "HEAD");
        let put = headers(&[("x-http-method-override", "PUT")]);
        assert!(method("POST", &put).is_err());
    }

    proptest! {
        #[test]
        fn what_was_taken_fits_into_fields(kind in "(image/)?(?s:.){0,12}", around in "[ \u{a0}\u{85}\t]{0,2}") {
            let metadata = format!("{around}filetype {}{around}", STANDARD.encode(kind));
            let metadata = HeaderValue::from_bytes(metadata.as_bytes()).unwrap();
            let mut headers = headers(&[("upload-length", "5")]);
            headers.insert(HeaderName::from_static("upload-metadata"), metadata);
            if let Ok(draft) = draft(&headers, &rules(), 100) {
                for text in [draft.content_type, draft.metadata.unwrap_or_default()] {
                    prop_assert!(HeaderValue::from_str(&text).is_ok(), "{text:?}");
                }
            }
        }
    }
}
