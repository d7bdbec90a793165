//! One path with all that is offered there.

use super::{
    operation::{Dialect, Operation},
    template::Template,
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Those of OpenAPI 3.1 that services answer. HEAD follows from GET unless it is there itself.
const METHODS: [&str; 7] = ["get", "head", "put", "post", "patch", "delete", "options"];
/// Where a path item has the operations of other methods.
pub const ADDITIONAL: &str = "x-additional-operations";

/// What a path item says of the path whatever the method.
#[derive(Debug, Default)]
pub struct PathRules {
    pub is_wildcard: bool,
    /// Where every request to it is sent instead.
    pub redirect: Option<String>,
    /// Header fields of the gateway's own answer to OPTIONS.
    pub options: Vec<(String, String)>,
    /// For what no operation answers.
    pub dialect: Dialect,
}

#[derive(Debug)]
pub struct Path {
    /// As the document has it, for metrics.
    pub name: String,
    pub rules: PathRules,
    pub(super) template: Template,
    /// By method.
    pub(super) operations: BTreeMap<String, Arc<Operation>>,
}

impl PathRules {
    pub(super) fn read(item: &Value) -> Self {
        let fields = item.get("x-options-headers").and_then(Value::as_object);
        let options = fields
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        Self {
            is_wildcard: item.get("x-wildcard").is_some_and(|flag| *flag == true),
            redirect: item
                .get("x-redirect")
                .and_then(Value::as_str)
                .map(str::to_owned),
            options: options.collect(),
            dialect: Dialect::read(item).unwrap_or_default(),
        }
    }
}

impl Path {
    pub(super) fn new(
        name: String,
        rules: PathRules,
        operations: BTreeMap<String, Operation>,
    ) -> Self {
        Self {
            template: Template::new(&name, rules.is_wildcard),
            name,
            rules,
            operations: operations
                .into_iter()
                .map(|(method, operation)| (method, Arc::new(operation)))
                .collect(),
        }
    }

    /// The methods that are offered, in the form of an `Allow` field.
    #[must_use]
    pub fn allow(&self) -> String {
        let declared = self.operations.keys().map(String::as_str);
        let head = self.operations.contains_key("GET").then_some("HEAD");
        let head = head.filter(|head| !self.operations.contains_key(*head));
        let declared = declared.filter(|method| *method != "OPTIONS");
        let methods: Vec<&str> = declared.chain(head).chain(["OPTIONS"]).collect();
        methods.join(", ")
    }
}

/// The operations of a path item by their methods.
pub(super) fn operations(item: &Value) -> impl Iterator<Item = (String, &Value)> {
    let known = METHODS
        .iter()
        .filter_map(|method| Some((method.to_ascii_uppercase(), item.get(method)?)));
    let additional = item.get(ADDITIONAL).and_then(Value::as_object);
    let additional = additional
        .into_iter()
        .flatten()
        .filter(|(method, _)| is_method(method))
        .map(|(method, operation)| (method.clone(), operation));
    known.chain(additional)
}

/// Methods are case-sensitive, and every registered one is in capitals (RFC 9110, section 9.1).
fn is_method(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}
