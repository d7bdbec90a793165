//! Reads what callers send about subscriptions, every fault at once.

use crate::domain::{
    endpoint::{Endpoint, MAX_BYTES},
    pattern::EventPattern,
    secret::SigningSecret,
    subscription::{Changes, NewSubscription, Status},
};
use serde_json::Value;
use std::fmt::Display;
use web::{Fault, Faults, Object, Problem};

const MAX_PATTERNS: usize = 50;
const MAX_DESCRIPTION_CHARS: usize = 500;
/// Room for the base64 of the longest secret.
const MAX_SECRET_CHARS: usize = 100;
const SERVER_OWNED: [&str; 5] = [
    "id",
    "disabled_reason",
    "created_at",
    "updated_at",
    "version",
];

/// What could be read, and what could not. The endpoint still has to be looked at from outside.
pub struct Draft {
    pub endpoint: Option<Endpoint>,
    pub faults: Faults,
    event_types: Option<Vec<EventPattern>>,
    description: Option<String>,
    secret: Option<SigningSecret>,
    status: Option<Status>,
    describes: bool,
}

impl Draft {
    /// Of a new subscription. Its status is the server's; its secret may be brought along.
    pub fn of_new(body: &Value) -> Result<Self, Problem> {
        let mut object = Object::root(body)?;
        let mut draft = Self::common(&mut object);
        draft.secret = secret(&mut object, &mut draft.faults);
        object.ignore(&["status"]);
        for (name, missing) in [
            ("event_types", object.value("event_types").is_none()),
            ("endpoint", object.value("endpoint").is_none()),
            ("channel", object.value("channel").is_none()),
        ] {
            if missing {
                draft
                    .faults
                    .add(Fault::pointer(object.pointer(name), "is required"));
            }
        }
        object.finish(&mut draft.faults);
        Ok(draft)
    }

    /// Of a JSON Merge Patch (RFC 7396), where `null` removes.
    pub fn of_patch(body: &Value) -> Result<Self, Problem> {
        let mut object = Object::root(body)?;
        let mut draft = Self::common(&mut object);
        let status = object.one_of("status", &["active", "disabled"], &mut draft.faults);
        draft.status = status.map(|word| match word.as_str() {
            "active" => Status::Active,
            _ => Status::Disabled,
        });
        draft.describes = body.get("description").is_some();
        for name in ["event_types", "endpoint", "channel", "status"] {
            if body.get(name).is_some_and(Value::is_null) {
                draft
                    .faults
                    .add(Fault::pointer(object.pointer(name), "cannot be removed"));
            }
        }
        object.finish(&mut draft.faults);
        Ok(draft)
    }

    fn common(object: &mut Object<'_>) -> Self {
        let mut faults = Faults::new();
        object.ignore(&SERVER_OWNED);
        object.one_of("channel", &["webhook"], &mut faults);
        Self {
            endpoint: endpoint(object, &mut faults),
            event_types: event_types(object, &mut faults),
            description: object.text("description", MAX_DESCRIPTION_CHARS, &mut faults),
            faults,
            secret: None,
            status: None,
            describes: false,
        }
    }

    pub fn into_new(self) -> Result<(NewSubscription, Option<SigningSecret>), Problem> {
        match (self.event_types, self.endpoint) {
            (Some(event_types), Some(endpoint)) => {
                let new = NewSubscription {
                    event_types,
                    endpoint,
                    description: self.description,
                };
                self.faults.or((new, self.secret))
            }
            _ => Err(Problem::invalid(self.faults.into_vec())),
        }
    }

    pub fn into_changes(self) -> Result<Changes, Problem> {
        self.faults.or(Changes {
            event_types: self.event_types,
            endpoint: self.endpoint,
            description: self.describes.then_some(self.description),
            status: self.status,
        })
    }
}

/// The body of a rotation: empty, or a secret that the caller brings along.
pub fn new_secret(body: &[u8]) -> Result<Option<SigningSecret>, Problem> {
    if body.is_empty() {
        return Ok(None);
    }
    let body = web::input::json(body)?;
    let mut object = Object::root(&body)?;
    let mut faults = Faults::new();
    let secret = secret(&mut object, &mut faults);
    object.finish(&mut faults);
    faults.or(secret)
}

fn secret(object: &mut Object<'_>, faults: &mut Faults) -> Option<SigningSecret> {
    let text = object.text("secret", MAX_SECRET_CHARS, faults)?;
    noted(
        SigningSecret::parse(&text),
        object.pointer("secret"),
        faults,
    )
}

fn endpoint(object: &mut Object<'_>, faults: &mut Faults) -> Option<Endpoint> {
    let text = object.text("endpoint", MAX_BYTES, faults)?;
    noted(Endpoint::parse(&text), object.pointer("endpoint"), faults)
}

/// The value, or its error as a fault.
fn noted<T, E: Display>(parsed: Result<T, E>, pointer: String, faults: &mut Faults) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(error) => {
            faults.add(Fault::pointer(pointer, error.to_string()));
            None
        }
    }
}

fn event_types(object: &mut Object<'_>, faults: &mut Faults) -> Option<Vec<EventPattern>> {
    let value = object.value("event_types")?;
    let pointer = object.pointer("event_types");
    let patterns = value
        .as_array()
        .filter(|patterns| (1..=MAX_PATTERNS).contains(&patterns.len()));
    let Some(patterns) = patterns else {
        let detail = format!("must be an array of 1 to {MAX_PATTERNS} event types");
        faults.add(Fault::pointer(pointer, detail));
        return None;
    };
    let mut read = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        let parsed = EventPattern::parse(pattern.as_str().unwrap_or_default());
        read.extend(noted(parsed, format!("{pointer}/{index}"), faults));
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn pointers(problem: &Problem) -> Vec<String> {
        let body: Value = serde_json::from_slice(&problem.body("")).unwrap();
        let errors = body["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|e| e["pointer"].as_str().unwrap().to_owned())
            .collect()
    }

    fn refused(body: &Value) -> Vec<String> {
        pointers(&Draft::of_new(body).unwrap().into_new().unwrap_err())
    }

    #[test]
    fn a_subscription_is_read() {
        let body = json!({
            "event_types": ["contact.*"], "channel": "webhook", "endpoint": "https://example.com/in", "description": "CRM",
            "id": "sub_x", "status": "active", "disabled_reason": null, "created_at": "x", "updated_at": "x", "version": 3,
        });
        let (new, secret) = Draft::of_new(&body).unwrap().into_new().unwrap();
        assert_eq!(new.endpoint.as_str(), "https://example.com/in");
        assert_eq!(new.description.as_deref(), Some("CRM"));
        assert_eq!((new.event_types.len(), secret), (1, None));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({
            "event_types": ["ok.*", "*.no", 7], "channel": "email", "endpoint": "nowhere", "secret": "x", "topic": "t", "filter_policy": {},
        });
        let mut named = refused(&body);
        named.sort();
        let expected = [
            "#/channel",
            "#/endpoint",
            "#/event_types/1",
            "#/event_types/2",
            "#/filter_policy",
            "#/secret",
            "#/topic",
        ];
        assert_eq!(named, expected);
        assert_eq!(
            refused(&json!({})),
            ["#/event_types", "#/endpoint", "#/channel"]
        );
        let empty = json!({"event_types": [], "channel": "webhook", "endpoint": "http://a/"});
        assert_eq!(refused(&empty), ["#/event_types"]);
        assert!(Draft::of_new(&json!([])).is_err());
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_removes() {
        let changes = |body| Draft::of_patch(&body).unwrap().into_changes();
        let none = changes(json!({"id": "sub_x", "version": 1})).unwrap();
        assert!(none.event_types.is_none() && none.description.is_none() && none.status.is_none());
        assert_eq!(
            changes(json!({"description": null})).unwrap().description,
            Some(None)
        );
        let disabled = changes(json!({"status": "disabled"})).unwrap();
        assert_eq!(disabled.status, Some(Status::Disabled));
        let problem =
            changes(json!({"endpoint": null, "status": "pending", "secret": "x"})).unwrap_err();
        let mut named = pointers(&problem);
        named.sort();
        assert_eq!(named, ["#/endpoint", "#/secret", "#/status"]);
    }

    #[test]
    fn a_rotation_may_bring_its_secret() {
        assert_eq!(new_secret(b"").unwrap(), None);
        assert_eq!(new_secret(b"{}").unwrap(), None);
        let secret = SigningSecret::random();
        let body = json!({"secret": secret.reveal()}).to_string();
        assert_eq!(new_secret(body.as_bytes()).unwrap(), Some(secret));
        for bad in ["[]", "{", r#"{"secret":"short"}"#, r#"{"other":1}"#] {
            assert!(new_secret(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(types in prop::collection::vec("\\PC{0,9}", 0..4), endpoint in "(https?://)?\\PC{0,30}", secret in "(whsec_)?\\PC{0,40}") {
            let body = json!({"event_types": types, "endpoint": endpoint, "channel": "webhook", "secret": secret});
            let _ = Draft::of_new(&body).map(Draft::into_new);
            let _ = Draft::of_patch(&body).map(Draft::into_changes);
            let _ = new_secret(endpoint.as_bytes());
        }
    }
}
