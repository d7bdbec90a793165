use crate::Answer;
use serde_json::Value;

impl Answer {
    /// The body, if this is a complete problem (RFC 9457) of this status; otherwise a panic that shows the answer.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let shown = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{shown}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{shown}"
        );
        assert!(self.header("x-request-id").is_some(), "{:?}", self.headers);
        let body = self.json();
        assert_eq!(body["status"], status, "{body}");
        for member in ["type", "title", "detail", "instance"] {
            assert!(body[member].is_string(), "{member} in {body}");
        }
        body
    }

    /// The places that a 400 names, sorted.
    #[track_caller]
    pub fn sorted_faults(&self) -> Vec<String> {
        self.problem(400);
        let mut places = self.faults();
        places.sort();
        places
    }
}
