use crate::{Answer, Faults, Paging, Params, Problem, list_answer};
use actix_web::HttpRequest;
use ports::store::{Order, Query};
use serde::Serialize;

/// A list whose entries lie side by side in the store: their keys are a prefix and what a cursor names.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    pub path: &'a str,
    pub prefix: &'a str,
    pub order: Order,
}

impl Listing<'_> {
    /// The entries that `limit` and `cursor` ask for.
    pub fn query(&self, request: &HttpRequest) -> Result<Query, Problem> {
        let mut faults = Faults::new();
        let paging = Paging::read(&Params::parse(request.query_string()), &mut faults);
        let query = Query {
            after: paging.after.map(|name| format!("{}{name}", self.prefix)),
            prefix: self.prefix.to_owned(),
            limit: paging.limit,
            order: self.order,
            ..Query::default()
        };
        faults.or(query)
    }

    /// One page of the list; `next` is the key that the store names to go on.
    pub fn answer(
        &self,
        request: &HttpRequest,
        data: &[impl Serialize],
        next: Option<&str>,
    ) -> Result<Answer, Problem> {
        let params = Params::parse(request.query_string());
        let next = next.and_then(|key| key.strip_prefix(self.prefix));
        list_answer(data, next, self.path, &[("limit", params.get("limit"))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{Responder, body::MessageBody, test::TestRequest};
    use serde_json::Value;

    const LISTING: Listing<'_> = Listing {
        path: "/v1/things",
        prefix: "service/thing/",
        order: Order::Descending,
    };

    #[test]
    fn a_page_goes_on_where_the_last_one_ended() {
        let first = TestRequest::with_uri("/v1/things?limit=2").to_http_request();
        let query = LISTING.query(&first).unwrap();
        assert_eq!((query.limit, query.after), (2, None));
        assert_eq!(query.prefix, LISTING.prefix);
        assert_eq!(query.order, Order::Descending);
        let answer = LISTING.answer(&first, &[1, 2], Some("service/thing/b"));
        let response = answer.unwrap().respond_to(&first);
        let link = response.headers().get("link").unwrap().clone();
        let body = response.into_body().try_into_bytes().unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["data"], serde_json::json!([1, 2]));

        let next = link.to_str().unwrap().strip_prefix('<').unwrap();
        let (next, _) = next.split_once('>').unwrap();
        assert!(next.contains(body["next_cursor"].as_str().unwrap()));
        let second = TestRequest::with_uri(next).to_http_request();
        let query = LISTING.query(&second).unwrap();
        assert_eq!(query.after.as_deref(), Some("service/thing/b"));
        assert_eq!(query.limit, 2);
    }

    #[test]
    fn both_parameters_are_judged_at_once() {
        let bad = TestRequest::with_uri("/v1/things?limit=0&cursor=!").to_http_request();
        let body = LISTING.query(&bad).unwrap_err().body("");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["errors"].as_array().map(Vec::len), Some(2));
    }
}
