//! One operation of a service, as its document describes it.

use super::{signs::Signs, upload::UploadRules};
use ports::bus::ServiceQueue;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who may call an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    AnyKey,
    Scope(String),
    Root,
}

/// How the gateway's refusals are put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Problem details, and a challenge to Bearer.
    #[default]
    Problem,
    /// Problem details, and a challenge to Basic before Bearer.
    Basic,
    /// `DAV:error` documents, and a challenge to Basic before Bearer.
    Dav,
    /// Problem details with the field that every answer of a resumable upload has.
    Tus,
}

/// What the gateway enforces on behalf of an operation.
#[derive(Debug)]
pub struct Rules {
    pub access: Access,
    /// Declared types of the request's body; none: it takes no body.
    pub content_types: Vec<String>,
    /// A request without a body is refused.
    pub needs_body: bool,
    /// Largest body in bytes, if the operation says so.
    pub max_body: Option<u64>,
    /// Names of the declared query parameters.
    pub parameters: Vec<String>,
    /// The body is streamed into the blob store.
    pub upload: Option<UploadRules>,
    /// A signature in the URL will do instead of a key.
    pub takes_signatures: bool,
    /// Members of its answers that become signed URLs.
    pub signs: Vec<Signs>,
    pub dialect: Dialect,
}

#[derive(Debug)]
pub struct Operation {
    /// The path's template, for metrics.
    pub template: String,
    pub rules: Rules,
    /// Queues of every live description that has this operation, one for each instance; those of dead ones if none lives.
    pub(super) queues: Vec<ServiceQueue>,
    turn: AtomicUsize,
}

impl Operation {
    pub(super) fn new(template: &str, rules: Rules) -> Self {
        Self {
            template: template.to_owned(),
            rules,
            queues: Vec::new(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The queues to try, the one whose turn it is first. Another one is for when nobody serves the first.
    pub fn queues(&self) -> impl Iterator<Item = &ServiceQueue> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.queues.len();
        let first = self.queues.get(turn % count.max(1));
        first.into_iter().chain(
            self.queues
                .iter()
                .filter(move |queue| Some(*queue) != first),
        )
    }
}

impl Dialect {
    /// What a path item or an operation says of it, if anything.
    pub(super) fn read(place: &Value) -> Option<Self> {
        let flag = |name| place.get(name);
        if flag("x-errors").is_some_and(|form| form == "dav") {
            Some(Self::Dav)
        } else if flag("x-errors").is_some_and(|form| form == "tus") {
            Some(Self::Tus)
        } else if flag("x-basic").is_some_and(|basic| *basic == true) {
            Some(Self::Basic)
        } else {
            None
        }
    }
}

impl Rules {
    /// `item` is the operation's path item, `whole` the document that both are in.
    #[must_use]
    pub fn read(item: &Value, operation: &Value, whole: &Value) -> Self {
        let access = match operation.get("x-scope").and_then(Value::as_str) {
            None => Access::AnyKey,
            Some("root") => Access::Root,
            Some(scope) => Access::Scope(scope.to_owned()),
        };
        let content = operation
            .pointer("/requestBody/content")
            .and_then(Value::as_object);
        let number = |pointer| operation.pointer(pointer).and_then(Value::as_u64);
        Self {
            access,
            content_types: content
                .into_iter()
                .flatten()
                .map(|(name, _)| name.to_ascii_lowercase())
                .collect(),
            needs_body: operation
                .pointer("/requestBody/required")
                .is_some_and(|required| *required == true),
            max_body: number("/x-max-body-bytes"),
            parameters: [item, operation]
                .into_iter()
                .flat_map(|place| query_parameters(place, whole))
                .collect(),
            upload: operation.get("x-upload").and_then(UploadRules::read),
            takes_signatures: operation
                .get("x-signed")
                .is_some_and(|signed| *signed == true),
            signs: Signs::read_all(operation.get("x-signs")),
            dialect: Dialect::read(operation)
                .or(Dialect::read(item))
                .unwrap_or_default(),
        }
    }
}

/// Names of the query parameters that a path item or an operation declares, by themselves or by reference.
fn query_parameters<'a>(place: &'a Value, whole: &'a Value) -> impl Iterator<Item = String> + 'a {
    let declared = place
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    declared
        .filter_map(
            |parameter| match parameter.get("$ref").and_then(Value::as_str) {
                Some(reference) => whole.pointer(reference.strip_prefix('#')?),
                None => Some(parameter),
            },
        )
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_operation_s_dialect_wins_over_its_path_s() {
        let dialect =
            |item: Value, operation: Value| Rules::read(&item, &operation, &Value::Null).dialect;
        assert_eq!(dialect(json!({}), json!({})), Dialect::Problem);
        assert_eq!(
            dialect(json!({ "x-errors": "dav" }), json!({})),
            Dialect::Dav
        );
        assert_eq!(
            dialect(json!({}), json!({ "x-basic": true })),
            Dialect::Basic
        );
        let both = dialect(json!({ "x-errors": "dav" }), json!({ "x-basic": true }));
        assert_eq!(both, Dialect::Basic);
    }

    #[test]
    fn bodies_are_as_declared() {
        let put = json!({
            "requestBody": { "required": true, "content": { "Text/vCard": {} } },
            "x-max-body-bytes": 100,
        });
        let rules = Rules::read(&Value::Null, &put, &Value::Null);
        assert_eq!(rules.content_types, ["text/vcard"]);
        assert_eq!((rules.needs_body, rules.max_body), (true, Some(100)));
        let bare = Rules::read(&Value::Null, &json!({}), &Value::Null);
        assert_eq!((bare.needs_body, bare.max_body), (false, None));
    }
}
