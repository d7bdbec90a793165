//! A refusal in the words that the caller understands.

use crate::domain::{catalogue::Dialect, dav, tus};
use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
};
use runtime::frame::Response;
use web::{Problem, ProblemKind};

const BASIC: &str = "Basic realm=\"switchboard\", charset=\"UTF-8\"";
const PROBLEM: &str = "application/problem+json";

pub fn response(problem: Problem, dialect: Dialect, instance: &str) -> HttpResponse {
    let kind = problem.kind();
    let xml = (dialect == Dialect::Dav).then(|| dav::error(&problem.body(instance)));
    let mut response = problem.response(instance);
    if let Some(xml) = xml {
        response = response.set_body(BoxBody::new(xml));
        let media_type = HeaderValue::from_static(dav::MEDIA_TYPE);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
    }
    if dialect == Dialect::Tus {
        let (name, version) = (HeaderName::from_static(tus::RESUMABLE), tus::VERSION);
        let version = HeaderValue::from_static(version);
        response.headers_mut().insert(name, version);
    }
    let wants_basic = matches!(dialect, Dialect::Basic | Dialect::Dav);
    if kind == ProblemKind::Unauthorized && wants_basic {
        challenge_to_basic(response.headers_mut());
    }
    response
}

/// Address books and desk phones look at the first challenge only, and know nothing but Basic (RFC 7617). Others do not
/// see it, or browsers would ask their users for a name and a password.
fn challenge_to_basic(headers: &mut HeaderMap) {
    let others: Vec<_> = headers.remove(header::WWW_AUTHENTICATE).collect();
    headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(BASIC));
    for other in others {
        headers.append(header::WWW_AUTHENTICATE, other);
    }
}

/// Puts a service's own problem, as it has it of its framework, into the words of DAV.
pub fn translate(answer: &mut Response) {
    let field = answer
        .head
        .headers
        .iter_mut()
        .find(|(name, value)| name == "content-type" && value == PROBLEM);
    if let Some((_, value)) = field {
        dav::MEDIA_TYPE.clone_into(value);
        answer.body = dav::error(&answer.body).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenges(dialect: Dialect) -> Vec<String> {
        let problem = Problem::new(ProblemKind::Unauthorized, "no key")
            .header("www-authenticate", "Bearer realm=\"switchboard\"");
        let response = response(problem, dialect, "");
        let fields = response.headers().get_all(header::WWW_AUTHENTICATE);
        fields
            .map(|value| value.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn basic_comes_first_where_it_comes_at_all() {
        let bearer = "Bearer realm=\"switchboard\"";
        for dialect in [Dialect::Problem, Dialect::Tus] {
            assert_eq!(challenges(dialect), [bearer]);
        }
        for dialect in [Dialect::Basic, Dialect::Dav] {
            assert_eq!(challenges(dialect), [BASIC, bearer]);
        }
    }

    #[test]
    fn dav_has_the_problem_s_status_and_fields() {
        let problem = Problem::new(ProblemKind::MethodNotAllowed, "no").header("allow", "GET");
        let response = response(problem, Dialect::Dav, "");
        assert_eq!(response.status(), 405);
        let field = |name| response.headers().get(name).unwrap();
        assert_eq!(field("allow"), "GET");
        assert_eq!(field("content-type"), dav::MEDIA_TYPE);
    }
}
