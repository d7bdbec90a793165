//! The spans of one trace, followed from a webhook back to the request.

use end_to_end::{
    Delivery, eventually,
    otlp::{Collector, Span},
};
use std::collections::BTreeSet;

/// From a webhook's span back to the request's.
const WAY: [&str; 5] = [
    "deliver",
    "fire due item",
    "handle event",
    "request",
    "POST /v1/contacts",
];

pub struct Trail {
    pub trace_id: String,
    spans: Vec<Span>,
    /// The spans that the webhooks' `traceparent` fields named, in the order of arrival.
    attempts: Vec<Span>,
}

impl Trail {
    /// Waits until the trace of the deliveries has arrived, up to the request's span, which ends last or is sent last.
    pub async fn complete(collector: &Collector, deliveries: &[Delivery]) -> Self {
        let parents: Vec<_> = deliveries.iter().map(parent).collect();
        let traces: BTreeSet<_> = parents.iter().map(|(trace, _)| trace.clone()).collect();
        assert_eq!(traces.len(), 1, "the attempts are of one trace");
        let trace_id = parents[0].0.clone();
        eventually("the whole trace", async || {
            let spans = collector.spans(&trace_id);
            let attempts: Option<Vec<_>> = parents
                .iter()
                .map(|(_, id)| spans.iter().find(|span| span.span_id == *id).cloned())
                .collect();
            let trail = Self {
                trace_id: trace_id.clone(),
                attempts: attempts?,
                spans,
            };
            let whole = |attempt: &Span| trail.way(attempt).len() == WAY.len();
            let all = trail.attempts.iter().all(whole);
            (all && trail.commits() == trail.parents_of_commits()).then_some(trail)
        })
        .await
    }

    fn span(&self, id: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.span_id == id)
    }

    /// The span and its ancestors, as far as they are known.
    fn way<'a>(&'a self, from: &'a Span) -> Vec<&'a Span> {
        std::iter::successors(Some(from), |span| self.span(&span.parent)).collect()
    }

    pub fn services_of_the_last_attempt(&self) -> Vec<&str> {
        let last = self.attempts.last().expect("an attempt");
        self.way(last)
            .iter()
            .map(|span| span.service.as_str())
            .collect()
    }

    /// Whose commits have arrived.
    fn commits(&self) -> BTreeSet<&str> {
        let commits = self.spans.iter().filter(|span| span.name == "commit");
        commits.map(|span| span.parent.as_str()).collect()
    }

    /// Who commits: the route, the event's handler and each firing.
    fn parents_of_commits(&self) -> BTreeSet<&str> {
        let ways = self.attempts.iter().flat_map(|attempt| self.way(attempt));
        let committers = ways.filter(|span| WAY[1..4].contains(&span.name.as_str()));
        committers.map(|span| span.span_id.as_str()).collect()
    }
}

fn parent(delivery: &Delivery) -> (String, String) {
    let field = delivery.traceparent.as_deref().expect("a traceparent");
    let parts: Vec<_> = field.split('-').collect();
    assert_eq!(
        (parts.len(), parts[0], parts[3]),
        (4, "00", "01"),
        "{field}"
    );
    (parts[1].to_owned(), parts[2].to_owned())
}

/// The webhook's answer, and whether the span says that it failed.
fn outcome(attempt: &Span) -> (&str, bool) {
    let status = &attempt.attributes["http.response.status_code"];
    (status, attempt.failed)
}

/// Each attempt has a span of its own, and the way from each leads to the request, whose parent is `caller`.
pub fn check_attempts(trail: &Trail, caller: &str, statuses: [&str; 2]) {
    let own: BTreeSet<_> = trail.attempts.iter().map(|span| &span.span_id).collect();
    assert_eq!(own.len(), trail.attempts.len());
    for attempt in &trail.attempts {
        let way = trail.way(attempt);
        let names: Vec<_> = way.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, WAY);
        let kinds: Vec<_> = way.iter().map(|span| span.kind.as_str_name()).collect();
        let expected = ["CLIENT", "CONSUMER", "CONSUMER", "SERVER", "SERVER"];
        assert_eq!(kinds, expected.map(|kind| format!("SPAN_KIND_{kind}")));
        let request = way.last().expect("the request");
        assert_eq!(request.parent, caller);
        assert_eq!(request.attributes["http.route"], "/v1/contacts");
        assert_eq!(request.attributes["http.response.status_code"], "201");
    }
    let outcomes: Vec<_> = trail.attempts.iter().map(outcome).collect();
    assert_eq!(outcomes, statuses.map(|status| (status, status != "204")));
    assert_eq!(
        trail.attempts[0].attributes["delivery"], trail.attempts[1].attributes["delivery"],
        "they are attempts at one delivery"
    );
}
