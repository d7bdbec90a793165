//! Which service answers which request, and under which rules: read from the services' descriptions.

mod operation;
mod path;
mod signs;
mod template;
mod upload;

pub use operation::{Access, Dialect, Operation, Rules};
pub use path::{ADDITIONAL, Path, PathRules};
pub use signs::{Signs, Wanted};
pub use upload::UploadRules;

use contracts::description::Description;
use ports::bus::ServiceQueue;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What the request's method and path lead to.
#[derive(Debug)]
pub enum Found {
    Operation(Arc<Operation>),
    /// The path exists, with other methods only.
    OtherMethods(Arc<Path>),
    /// The path is another one's old or well-known name.
    Redirect(Arc<Path>),
    /// And this is how it is to be said.
    Nothing(Dialect),
}

#[derive(Debug, Default)]
pub struct Catalogue {
    /// Those that say more before those that say less.
    paths: Vec<Arc<Path>>,
    /// The merged document, serialised.
    pub openapi: String,
}

/// A description and how many live instances have it, newest description last.
pub type Described = (Description, usize);

/// What the descriptions have said of a path so far.
#[derive(Default)]
struct Draft {
    rules: PathRules,
    operations: BTreeMap<String, Operation>,
}

impl Catalogue {
    #[must_use]
    pub fn new(descriptions: &[Described]) -> Self {
        let newest = newest_of_each_service(descriptions);
        let documents: Vec<_> = newest
            .iter()
            .map(|d| (d.service.clone(), d.openapi.clone()))
            .collect();
        let mut drafts = BTreeMap::new();
        for (description, live) in descriptions {
            if *live > 0
                || newest
                    .iter()
                    .any(|newest| newest.version == description.version)
            {
                add(&mut drafts, description, *live);
            }
        }
        let mut paths: Vec<_> = drafts
            .into_iter()
            .filter(|(_, draft)| !draft.operations.is_empty() || draft.rules.redirect.is_some())
            .map(|(name, draft)| Arc::new(Path::new(name, draft.rules, draft.operations)))
            .collect();
        paths.sort_by(|a, b| a.template.cmp(&b.template));
        Self {
            paths,
            openapi: super::merge::merge(&documents).to_string(),
        }
    }

    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Found {
        let fitting = self.paths.iter().find(|known| known.template.matches(path));
        let Some(found) = fitting else {
            return Found::Nothing(self.dialect_around(path));
        };
        if found.rules.redirect.is_some() {
            return Found::Redirect(found.clone());
        }
        let operation = found.operations.get(method);
        let as_get = || found.operations.get("GET").filter(|_| method == "HEAD");
        match operation.or_else(as_get) {
            Some(operation) => Found::Operation(operation.clone()),
            None => Found::OtherMethods(found.clone()),
        }
    }

    /// The operation for which resumable uploads begin at `endpoint`, and its method.
    #[must_use]
    pub fn resumed_at(&self, endpoint: &str) -> Option<(&str, Arc<Operation>)> {
        let operations = self.paths.iter().flat_map(|path| &path.operations);
        let mut wanted = operations.filter(|(_, operation)| {
            let upload = operation.rules.upload.as_ref();
            upload.and_then(|rules| rules.resumable.as_deref()) == Some(endpoint)
        });
        let (method, operation) = wanted.next()?;
        Some((method, operation.clone()))
    }

    /// Who asks for what is unknown below a DAV path speaks DAV.
    fn dialect_around(&self, path: &str) -> Dialect {
        let is_dav = self
            .paths
            .iter()
            .any(|known| known.rules.dialect == Dialect::Dav && known.template.is_above(path));
        if is_dav {
            Dialect::Dav
        } else {
            Dialect::default()
        }
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

/// The newest description's rules hold; its queues join those of the others.
fn add(drafts: &mut BTreeMap<String, Draft>, description: &Description, live: usize) {
    let queue = ServiceQueue {
        service: description.service.clone(),
        version: description.version.clone(),
    };
    let document = &description.openapi;
    let paths = document.get("paths").and_then(Value::as_object);
    for (template, item) in paths.into_iter().flatten() {
        let draft = drafts.entry(template.clone()).or_default();
        draft.rules = PathRules::read(item);
        for (method, described) in path::operations(item) {
            let mut operation = Operation::new(template, Rules::read(item, described, document));
            if let Some(older) = draft.operations.remove(&method) {
                operation.queues = older.queues;
            }
            let shares = std::iter::repeat_n(queue.clone(), live.clamp(1, 64));
            operation.queues.extend(shares);
            draft.operations.insert(method, operation);
        }
    }
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
        let Found::OtherMethods(path) = catalogue.find("DELETE", "/v1/contacts/con_1") else {
            panic!()
        };
        assert_eq!(path.allow(), "GET, PUT, HEAD, OPTIONS");
        for nothing in ["/v1/contacts", "/v1/contacts/", "/v1/contacts/a/b"] {
            assert!(
                matches!(
                    catalogue.find("GET", nothing),
                    Found::Nothing(Dialect::Problem)
                ),
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
        assert!(matches!(catalogue.find("GET", "/v1/a"), Found::Nothing(_)));
    }

    fn dav() -> Catalogue {
        let paths = json!({
            "/.well-known/carddav": { "x-redirect": "/dav/" },
            "/dav/{path}": {
                "x-wildcard": true,
                "x-errors": "dav",
                "x-options-headers": { "DAV": "1, 3", "Bad": 5 },
                "get": {},
                "x-additional-operations": { "PROPFIND": { "x-scope": "contacts:read" }, "not a method": {} },
            },
            "/cal/{user}/inbox": { "x-errors": "dav", "options": {}, "x-additional-operations": { "REPORT": {} } },
            "/none": { "summary": "nothing is offered here" },
        });
        Catalogue::new(&[(description("1", &paths), 1)])
    }

    #[test]
    fn methods_that_the_standard_does_not_know_are_routed() {
        let catalogue = dav();
        let Found::Operation(propfind) = catalogue.find("PROPFIND", "/dav/a/b/") else {
            panic!()
        };
        assert_eq!(propfind.template, "/dav/{path}");
        assert_eq!(propfind.rules.dialect, Dialect::Dav);
        assert_eq!(
            propfind.rules.access,
            Access::Scope("contacts:read".to_owned())
        );
        for method in ["propfind", "PUT", "OPTIONS", "not a method"] {
            let Found::OtherMethods(path) = catalogue.find(method, "/dav") else {
                panic!("{method}")
            };
            assert_eq!(path.allow(), "GET, PROPFIND, HEAD, OPTIONS");
            assert_eq!(path.rules.dialect, Dialect::Dav);
            assert_eq!(path.rules.options, [("DAV".to_owned(), "1, 3".to_owned())]);
        }
        assert!(catalogue.openapi.contains("PROPFIND"));
    }

    #[test]
    fn redirects_take_every_method_and_options_can_be_the_service_s() {
        let catalogue = dav();
        for method in ["GET", "PROPFIND", "OPTIONS"] {
            let Found::Redirect(path) = catalogue.find(method, "/.well-known/carddav") else {
                panic!("{method}")
            };
            assert_eq!(path.rules.redirect.as_deref(), Some("/dav/"));
        }
        let options = catalogue.find("OPTIONS", "/cal/me/inbox");
        assert!(matches!(options, Found::Operation(_)));
        let Found::OtherMethods(path) = catalogue.find("GET", "/cal/me/inbox") else {
            panic!()
        };
        assert_eq!(path.allow(), "REPORT, OPTIONS");
    }

    #[test]
    fn what_is_unknown_below_a_dav_path_is_refused_in_dav() {
        let catalogue = dav();
        for (path, dialect) in [
            ("/cal/me/inbox/x", Dialect::Dav),
            ("/cal/me", Dialect::Problem),
            ("/none", Dialect::Problem),
        ] {
            let found = catalogue.find("GET", path);
            assert!(
                matches!(found, Found::Nothing(said) if said == dialect),
                "{path}"
            );
        }
    }
}
