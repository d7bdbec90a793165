//! What a request is measured by before its body is read.

use super::super::body;
use crate::domain::{
    catalogue::{Access, Operation, Rules, UploadRules},
    key::KeyRecord,
    media,
};
use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, HeaderMap},
    },
};
use ports::bus::MAX_MESSAGE_BYTES;
use web::{Fault, Params, Problem, ProblemKind};

/// Room for a request's head beside its body in a message: the largest one that the front lets pass, written as JSON.
const HEAD: usize = 256 << 10;
const ANY: &str = "*/*";

/// A body that is to be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its `Content-Type`, empty when none is needed.
    pub content_type: String,
    /// Its largest size in bytes.
    pub limit: usize,
}

pub fn access(operation: &Operation, key: &KeyRecord) -> Result<(), Problem> {
    match &operation.rules.access {
        Access::AnyKey => Ok(()),
        Access::Root if key.root => Ok(()),
        Access::Root => Err(Problem::new(
            ProblemKind::Forbidden,
            "only the root key may do this",
        )),
        Access::Scope(scope) if key.scopes.cover(scope) => Ok(()),
        Access::Scope(scope) => Err(Problem::new(
            ProblemKind::Forbidden,
            format!("the key lacks the scope {scope}"),
        )),
    }
}

/// The body that the operation takes from this request; `None`: it takes none, or none comes.
pub fn body(request: &HttpRequest, rules: &Rules) -> Result<Option<Expected>, Problem> {
    if rules.content_types.is_empty() {
        return Ok(None);
    }
    let field = request.headers().get(header::CONTENT_TYPE);
    if field.is_none() && !rules.needs_body && is_bodiless(request.headers()) {
        return Ok(None);
    }
    let field = field.and_then(|value| value.to_str().ok());
    let is_taken = match field {
        Some(content_type) => media::is_declared(content_type, &rules.content_types),
        None => rules.content_types.iter().any(|declared| declared == ANY),
    };
    if !is_taken {
        return Err(unsupported(request.method(), rules));
    }
    let most = (MAX_MESSAGE_BYTES - HEAD) as u64;
    let limit = rules
        .max_body
        .map_or(body::MAX_JSON, |limit| limit.min(most) as usize);
    Ok(Some(Expected {
        content_type: field.unwrap_or_default().to_owned(),
        limit,
    }))
}

/// A message without either field has no body (RFC 9112, section 6.3).
fn is_bodiless(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    length.is_none_or(|length| length == "0") && !headers.contains_key(header::TRANSFER_ENCODING)
}

fn unsupported(method: &Method, rules: &Rules) -> Problem {
    let accepted = rules.content_types.join(", ");
    let detail = format!("the body must be {accepted}");
    let name = if method == Method::PATCH {
        "accept-patch"
    } else {
        "accept"
    };
    Problem::new(ProblemKind::UnsupportedMediaType, detail).header(name, accepted)
}

/// Refuses what is announced as too large before its first byte.
pub fn length(request: &HttpRequest, limit: u64) -> Result<(), Problem> {
    match announced(request) {
        Some(length) if length > limit => Err(body::too_large(limit)),
        _ => Ok(()),
    }
}

/// The body's length, when it is known beforehand.
pub fn announced(request: &HttpRequest) -> Option<u64> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// The size in bytes that the query binds the body to, if it does. A body that is said to be another one is refused.
pub fn bound(
    request: &HttpRequest,
    rules: &UploadRules,
    query: &str,
    content_type: &str,
) -> Result<Option<u64>, Problem> {
    let params = Params::parse(query);
    let value = |name: &Option<String>| params.get(name.as_deref()?).map(str::to_owned);
    if let Some(wanted) = value(&rules.content_type)
        && media::essence(content_type) != media::essence(&wanted)
    {
        let detail = format!("the body must be {wanted}, as the URL says");
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    let (Some(name), Some(size)) = (&rules.size, value(&rules.size)) else {
        return Ok(None);
    };
    let size: u64 = size
        .parse()
        .map_err(|_| Problem::invalid(vec![Fault::parameter(name, "must be a number of bytes")]))?;
    match announced(request) {
        Some(length) if length != size => Err(another_length(size)),
        _ => Ok(Some(size)),
    }
}

pub fn another_length(size: u64) -> Problem {
    let detail = format!("must be {size}, as the URL says");
    Problem::invalid(vec![Fault::header("Content-Length", detail)]).header("connection", "close")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde_json::json;

    fn rules(content: &str, required: bool, most: Option<u64>) -> Rules {
        let operation = json!({
            "requestBody": { "required": required, "content": { content: {} } },
            "x-max-body-bytes": most,
        });
        Rules::read(&json!({}), &operation, &json!({}))
    }

    fn taken(rules: &Rules, fields: &[(&'static str, &'static str)]) -> Option<Option<usize>> {
        let request = fields
            .iter()
            .fold(TestRequest::default(), |request, field| {
                request.insert_header(*field)
            });
        let expected = body(&request.to_http_request(), rules).ok()?;
        Some(expected.map(|expected| expected.limit))
    }

    #[test]
    fn bodies_are_taken_as_declared() {
        let xml = rules("application/xml", false, None);
        let (typed, sized) = (
            ("content-type", "Application/XML; charset=utf-8"),
            ("content-length", "5"),
        );
        assert_eq!(taken(&xml, &[typed, sized]), Some(Some(body::MAX_JSON)));
        assert_eq!(taken(&xml, &[]), Some(None));
        assert_eq!(taken(&xml, &[("content-length", "0")]), Some(None));
        assert_eq!(taken(&xml, &[sized]), None);
        assert_eq!(taken(&xml, &[("transfer-encoding", "chunked")]), None);
        assert_eq!(taken(&xml, &[("content-type", "text/plain")]), None);
        assert_eq!(taken(&rules("text/vcard", true, None), &[]), None);
    }

    #[test]
    fn a_bound_body_has_the_size_and_type_of_the_url() {
        let rules = UploadRules {
            size: Some("size".to_owned()),
            content_type: Some("type".to_owned()),
            ..UploadRules::default()
        };
        let judged = |query, kind, length: &str| {
            let field = ("content-length", length.to_owned());
            let request = TestRequest::default()
                .insert_header(field)
                .to_http_request();
            bound(&request, &rules, query, kind).map_err(|problem| problem.status().as_u16())
        };
        let both = "size=5&type=image%2Fpng";
        assert_eq!(judged(both, "Image/PNG; q=1", "5"), Ok(Some(5)));
        assert_eq!(judged(both, "image/png", "6"), Err(400));
        assert_eq!(judged(both, "image/jpeg", "5"), Err(415));
        assert_eq!(judged("size=x", "image/png", "5"), Err(400));
        assert_eq!(judged("", "image/png", "5"), Ok(None));
    }

    #[test]
    fn any_type_is_also_none_and_no_limit_exceeds_the_bus() {
        let any = rules(ANY, true, Some(100));
        assert_eq!(taken(&any, &[("content-type", "x/y")]), Some(Some(100)));
        assert_eq!(taken(&any, &[("content-length", "5")]), Some(Some(100)));
        let all = rules(ANY, true, Some(u64::MAX));
        let limit = taken(&all, &[("content-type", "x/y")]).flatten();
        assert_eq!(limit, Some(MAX_MESSAGE_BYTES - HEAD));
    }
}
