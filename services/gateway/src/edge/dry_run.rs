//! A request with a fault in its parameters' names is not refused at once: the service runs it without effects, and the
//! refusal names what the service found as well.

use runtime::frame::Response;
use serde_json::Value;
use web::{Fault, Faults, Problem};

/// What the service's answer says of anything but the input does not matter any more.
pub fn refusal(mut faults: Faults, answer: Option<&Response>) -> Problem {
    for fault in answer.map(faults_of).unwrap_or_default() {
        faults.add(fault);
    }
    Problem::invalid(faults.into_vec())
}

fn faults_of(answer: &Response) -> Vec<Fault> {
    if answer.head.status != 400 {
        return Vec::new();
    }
    let problem = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors.filter_map(Fault::from_json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::frame::ResponseHead;
    use serde_json::json;

    fn places(status: u16, body: &str) -> Vec<Value> {
        let answer = Response {
            head: ResponseHead {
                status,
                headers: Vec::new(),
                blob: None,
                continuation: None,
            },
            body: body.to_owned().into(),
        };
        let mut faults = Faults::new();
        faults.add(Fault::parameter("colour", "is not a known parameter"));
        let problem = refusal(faults, Some(&answer));
        let body: Value = serde_json::from_slice(&problem.body("")).unwrap();
        assert_eq!(body["status"], 400);
        body["errors"].as_array().unwrap().clone()
    }

    #[test]
    fn the_service_s_faults_are_named_too() {
        let colour = json!({ "parameter": "colour", "detail": "is not a known parameter" });
        let name = json!({ "pointer": "#/name", "detail": "is required" });
        let invalid = json!({ "errors": [name] }).to_string();
        assert_eq!(places(400, &invalid), [colour.clone(), name]);
        for (status, body) in [(404, "{}"), (201, &invalid), (400, "?"), (400, "{}")] {
            assert_eq!(places(status, body), std::slice::from_ref(&colour));
        }
    }
}
