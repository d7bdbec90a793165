//! The phonebook: contacts with their search, photos and history.
//!
//! `domain` knows what contacts mean, `input` reads what callers write, `storage` knows how contacts lie in the store,
//! `routes` and `handlers` answer requests and events with what is to be committed.

mod domain;
mod handlers;
mod input;
mod routes;
mod storage;

use runtime::{Consumer, Service};
use serde_json::Value;
use std::sync::Arc;

/// The service's name, and the scope of its items in the store.
pub const NAME: &str = "phonebook";

/// Image events of one contact's photo are far apart; a few partitions spread the tenants' load.
const PARTITIONS: u16 = 4;
const CONCURRENCY: usize = 32;

/// The service as a value; the settings give the country of numbers without `+`, where days begin, and the largest photo.
#[must_use]
pub fn service(settings: &settings::Settings) -> Service {
    let region = &settings.phonebook.default_region;
    let default_region = domain::Region::parse(region);
    let zone = zone(&settings.phonebook.time_zone);
    let config = routes::Config {
        default_region,
        time_zone: zone.clone(),
    };
    if default_region.is_none() && !region.is_empty() {
        tracing::warn!(%region, "phonebook.default_region has no known numbering plan; numbers need a +");
    }
    Service {
        name: NAME,
        openapi: openapi(settings.image_resize.max_bytes),
        routes: Arc::new(move |app| routes::mount(app, &config)),
        consumer: Some(Consumer {
            types: handlers::EVENT_TYPES.map(str::to_owned).to_vec(),
            partitions: PARTITIONS,
            concurrency: CONCURRENCY,
            handler: Arc::new(handlers::Images),
        }),
        due: vec![(
            NAME,
            Arc::new(handlers::Timers {
                zone,
                default_region,
                ahead: storage::imports::Ahead::default(),
            }),
        )],
    }
}

fn zone(name: &str) -> domain::Zone {
    domain::Zone::parse(name).unwrap_or_else(|_| {
        tracing::warn!(zone = %name, "phonebook.time_zone is no known time zone; days begin as in UTC");
        domain::Zone::UTC
    })
}

/// The description for gateways, with the upload limit of this installation.
fn openapi(max_photo_bytes: u64) -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("../openapi.json")).unwrap_or_default();
    let limit = "/paths/~1v1~1contacts~1{id}~1photo/put/x-upload/max_bytes";
    if let Some(bytes) = document.pointer_mut(limit) {
        *bytes = max_photo_bytes.into();
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference of the document, except to what the gateway adds.
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(target) if name == "$ref" => found.push(target),
                        other => references(other, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_is_whole() {
        let document = openapi(1234);
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(
            document["paths"]["/v1/contacts/{id}/photo"]["put"]["x-upload"]["max_bytes"],
            1234
        );
        let mut all = Vec::new();
        references(&document, &mut all);
        assert!(!all.is_empty());
        for target in all {
            let known = target == "#/components/responses/Problem"
                || document.pointer(&target[1..]).is_some();
            assert!(known, "{target}");
        }
    }

    /// Those that the service answers, by path and method.
    fn operations(document: &Value) -> Vec<(String, &Value)> {
        let known = ["get", "put", "post", "patch", "delete"];
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let more = item["x-additional-operations"].as_object();
            let methods = item.as_object().unwrap().iter();
            let methods = methods.filter(|(name, _)| known.contains(&name.as_str()));
            for (method, operation) in methods.chain(more.into_iter().flatten()) {
                all.push((format!("{method} {path}"), operation));
            }
        }
        all
    }

    #[test]
    fn every_operation_says_who_may_call_it() {
        let document = openapi(1);
        let mut ids = std::collections::HashSet::new();
        for (name, operation) in operations(&document) {
            let reads = ["get ", "PROPFIND ", "REPORT "];
            let needed = if reads.iter().any(|method| name.starts_with(method)) {
                "contacts:read"
            } else if name.ends_with(" /v1/preferences") {
                "admin"
            } else {
                "contacts:write"
            };
            assert_eq!(operation["x-scope"], needed, "{name}");
            assert!(operation["summary"].is_string() && operation["tags"].is_array());
            assert!(ids.insert(operation["operationId"].as_str().unwrap()));
            assert_eq!(
                operation["responses"]["default"]["$ref"],
                "#/components/responses/Problem"
            );
        }
        assert_eq!(ids.len(), 43);
    }
}
