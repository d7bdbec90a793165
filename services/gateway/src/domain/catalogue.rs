//! Which service answers which request, and under which rules: read from the services' descriptions.

use contracts::description::Description;
use ports::bus::ServiceQueue;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Who may call an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    AnyKey,
    Scope(String),
    Root,
}

/// One operation of a service, with the rules that the gateway enforces.
#[derive(Debug)]
pub struct Operation {
    /// The path's template, for metrics.
    pub template: String,
    pub access: Access,
    /// Declared types of the request's body; none: it takes no body.
    pub content_types: Vec<String>,
    /// Names of the declared query parameters.
    pub parameters: Vec<String>,
    /// The body is streamed into the blob store, up to so many bytes.
    pub upload: Option<u64>,
    /// Queues of every live description that has this operation, one for each instance; those of dead ones if none lives.
    queues: Vec<ServiceQueue>,
    turn: AtomicUsize,
}

impl Operation {
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

#[derive(Debug)]
struct Path {
    segments: Vec<Segment>,
    operations: BTreeMap<&'static str, Arc<Operation>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    /// Literals sort first, so that `/contacts/export` wins over `/contacts/{id}`.
    Literal(String),
    Parameter,
}

/// What the request's method and path lead to.
#[derive(Debug)]
pub enum Found {
    Operation(Arc<Operation>),
    /// The path exists with these methods only, in the form of an `Allow` field.
    OtherMethods(String),
    Nothing,
}

#[derive(Debug, Default)]
pub struct Catalogue {
    paths: Vec<Path>,
    /// The merged document, serialised.
    pub openapi: String,
}

/// A description and how many live instances have it, newest description last.
pub type Described = (Description, usize);

impl Catalogue {
    #[must_use]
    pub fn new(descriptions: &[Described]) -> Self {
        let newest = newest_of_each_service(descriptions);
        let documents: Vec<_> = newest
            .iter()
            .map(|d| (d.service.clone(), d.openapi.clone()))
            .collect();
        let mut table: BTreeMap<String, BTreeMap<&'static str, Operation>> = BTreeMap::new();
        for (description, live) in descriptions {
            if *live > 0
                || newest
                    .iter()
                    .any(|newest| newest.version == description.version)
            {
                add(&mut table, description, *live);
            }
        }
        let mut paths: Vec<Path> = table
            .into_iter()
            .map(|(template, operations)| Path {
                segments: segments(&template),
                operations: operations
                    .into_iter()
                    .map(|(method, operation)| (method, Arc::new(operation)))
                    .collect(),
            })
            .collect();
        paths.sort_by(|a, b| a.segments.cmp(&b.segments));
        Self {
            paths,
            openapi: super::merge::merge(&documents).to_string(),
        }
    }

    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Found {
        let Some(found) = self.paths.iter().find(|candidate| candidate.matches(path)) else {
            return Found::Nothing;
        };
        let wanted = if method == "HEAD" {
            "get".to_owned()
        } else {
            method.to_ascii_lowercase()
        };
        match found.operations.get(wanted.as_str()) {
            Some(operation) => Found::Operation(operation.clone()),
            None => Found::OtherMethods(found.allow()),
        }
    }
}

impl Path {
    fn matches(&self, path: &str) -> bool {
        let mut given = path.strip_prefix('/').unwrap_or(path).split('/');
        self.segments.iter().all(|segment| {
            given.next().is_some_and(|text| match segment {
                Segment::Literal(literal) => literal == text,
                Segment::Parameter => !text.is_empty(),
            })
        }) && given.next().is_none()
    }

    fn allow(&self) -> String {
        let mut methods: Vec<String> = self
            .operations
            .keys()
            .map(|method| method.to_ascii_uppercase())
            .collect();
        if self.operations.contains_key("get") {
            methods.push("HEAD".to_owned());
        }
        methods.push("OPTIONS".to_owned());
        methods.join(", ")
    }
}

/// Descriptions of live instances go before dead ones, later ones before earlier ones.
fn newest_of_each_service(descriptions: &[Described]) -> Vec<&Description> {
    let mut newest: BTreeMap<&str, (&Description, bool)> = BTreeMap::new();
    for (description, live) in descriptions {
        let alive = *live > 0;
        let best = newest
            .entry(&description.service)
            .or_insert((description, alive));
        if alive || !best.1 {
            *best = (description, alive);
        }
    }
    newest
        .into_values()
        .map(|(description, _)| description)
        .collect()
}

fn add(
    table: &mut BTreeMap<String, BTreeMap<&'static str, Operation>>,
    description: &Description,
    live: usize,
) {
    let queue = ServiceQueue {
        service: description.service.clone(),
        version: description.version.clone(),
    };
    let paths = description.openapi.get("paths").and_then(Value::as_object);
    for (template, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(document) = item.get(method) else {
                continue;
            };
            let fresh = read_operation(template, item, document, &description.openapi);
            let known = table.entry(template.clone()).or_default().entry(method);
            let operation = known
                .and_modify(|operation| operation.adopt_rules(&fresh))
                .or_insert(fresh);
            operation
                .queues
                .extend(std::iter::repeat_n(queue.clone(), live.clamp(1, 64)));
        }
    }
}

impl Operation {
    /// The newest description's rules hold.
    fn adopt_rules(&mut self, newer: &Self) {
        self.access = newer.access.clone();
        self.content_types.clone_from(&newer.content_types);
        self.parameters.clone_from(&newer.parameters);
        self.upload = newer.upload;
    }
}

fn read_operation(template: &str, item: &Value, document: &Value, whole: &Value) -> Operation {
    let access = match document.get("x-scope").and_then(Value::as_str) {
        None => Access::AnyKey,
        Some("root") => Access::Root,
        Some(scope) => Access::Scope(scope.to_owned()),
    };
    let content = document
        .pointer("/requestBody/content")
        .and_then(Value::as_object);
    let content_types = content
        .into_iter()
        .flatten()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    let upload = document
        .pointer("/x-upload/max_bytes")
        .and_then(Value::as_u64);
    Operation {
        template: template.to_owned(),
        access,
        content_types,
        parameters: [item, document]
            .into_iter()
            .flat_map(|place| query_parameters(place, whole))
            .collect(),
        upload,
        queues: Vec::new(),
        turn: AtomicUsize::new(0),
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

fn segments(template: &str) -> Vec<Segment> {
    let parts = template.strip_prefix('/').unwrap_or(template).split('/');
    parts
        .map(|part| {
            if part.starts_with('{') {
                Segment::Parameter
            } else {
                Segment::Literal(part.to_owned())
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn description(version: &str, paths: &Value) -> Description {
        Description {
            service: "phonebook".to_owned(),
            version: version.to_owned(),
            openapi: json!({ "paths": paths }),
        }
    }

    fn queues(found: &Found) -> Vec<String> {
        let Found::Operation(operation) = found else {
            panic!("{found:?}")
        };
        operation
            .queues()
            .map(|queue| queue.version.clone())
            .collect()
    }

    #[test]
    fn literals_win_over_parameters_and_wrong_methods_name_the_right_ones() {
        let paths = json!({
            "/v1/contacts/{id}": { "get": {}, "put": { "x-scope": "contacts:write" } },
            "/v1/contacts/export": { "get": { "x-scope": "admin" } },
        });
        let catalogue = Catalogue::new(&[(description("1", &paths), 1)]);
        let Found::Operation(export) = catalogue.find("GET", "/v1/contacts/export") else {
            panic!()
        };
        assert_eq!(export.template, "/v1/contacts/export");
        let Found::Operation(one) = catalogue.find("HEAD", "/v1/contacts/con_1") else {
            panic!()
        };
        assert_eq!(one.template, "/v1/contacts/{id}");
        let Found::OtherMethods(allow) = catalogue.find("DELETE", "/v1/contacts/con_1") else {
            panic!()
        };
        assert_eq!(allow, "GET, PUT, HEAD, OPTIONS");
        for nothing in ["/v1/contacts", "/v1/contacts/", "/v1/contacts/a/b"] {
            assert!(
                matches!(catalogue.find("GET", nothing), Found::Nothing),
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_new_route_never_goes_to_an_old_instance() {
        let old = description("old", &json!({ "/v1/a": { "get": {} } }));
        let new = description(
            "new",
            &json!({ "/v1/a": { "get": {} }, "/v1/b": { "get": {} } }),
        );
        let catalogue = Catalogue::new(&[(old, 1), (new, 1)]);
        assert_eq!(queues(&catalogue.find("GET", "/v1/b")), ["new"]);
        let mut both = queues(&catalogue.find("GET", "/v1/a"));
        both.sort();
        assert_eq!(both, ["new", "old"]);
    }

    #[test]
    fn routes_of_a_service_that_is_down_stay_known() {
        let old = description("old", &json!({ "/v1/a": { "get": {} } }));
        let new = description("new", &json!({ "/v1/b": { "get": {} } }));
        let catalogue = Catalogue::new(&[(old, 0), (new, 0)]);
        assert_eq!(queues(&catalogue.find("GET", "/v1/b")), ["new"]);
        assert!(matches!(catalogue.find("GET", "/v1/a"), Found::Nothing));
    }
}
