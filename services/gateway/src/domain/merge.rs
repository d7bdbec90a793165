//! One OpenAPI 3.1 document out of the services' own.

use super::catalogue::ADDITIONAL;
use serde_json::{Map, Value, json};

/// Paths and components of all documents under one head. A component that two services name alike must be alike;
/// otherwise the later one is kept under `<service>.<name>` and its references follow.
#[must_use]
pub fn merge(documents: &[(String, Value)]) -> Value {
    let mut merged = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Switchboard",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One shared phonebook, its photos and its notifications, for every app and every phone of an organisation.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }],
        "tags": [],
        "paths": {},
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key." },
                "basic": { "type": "http", "scheme": "basic", "description": "An API key as the password; the user's name does not matter." },
                "signature": { "type": "apiKey", "in": "query", "name": "sig", "description": "A signed URL, which has its end in `exp`." },
            },
            "responses": { "Problem": problem_response() },
            "schemas": { "Problem": problem_schema() },
        },
    });
    for (service, document) in documents {
        add(&mut merged, service, document.clone());
    }
    merged
}

fn add(merged: &mut Value, service: &str, mut document: Value) {
    let clashes = clashes(merged, &document);
    for (section, name) in &clashes {
        rename(&mut document, section, name, &format!("{service}.{name}"));
    }
    for (section, members) in object(&document, "components") {
        let Some(members) = members.as_object() else {
            continue;
        };
        let target = merged["components"]
            .as_object_mut()
            .map(|all| all.entry(section.clone()).or_insert_with(|| json!({})));
        if let Some(Value::Object(target)) = target {
            target.extend(members.clone());
        }
    }
    for (path, item) in object(&document, "paths") {
        let (Some(item), Some(paths)) = (item.as_object(), merged["paths"].as_object_mut()) else {
            continue;
        };
        let target = paths.entry(path.clone()).or_insert_with(|| json!({}));
        if let Value::Object(target) = target {
            add_item(target, item.clone());
        }
    }
    if let (Some(tags), Some(more)) = (merged["tags"].as_array_mut(), document["tags"].as_array()) {
        tags.extend(more.iter().filter(|tag| tag.is_object()).cloned());
    }
}

/// Two services may share a path, each with methods of its own.
fn add_item(target: &mut Map<String, Value>, mut item: Map<String, Value>) {
    for operation in item.values_mut() {
        let flag = operation.get("x-signed");
        if flag.is_some_and(|flag| *flag == true) {
            operation["security"] = json!([{ "key": [] }, { "signature": [] }]);
        }
    }
    if let (Some(Value::Object(known)), Some(Value::Object(more))) =
        (target.get_mut(ADDITIONAL), item.get_mut(ADDITIONAL))
    {
        known.append(more);
        item.remove(ADDITIONAL);
    }
    target.extend(item);
}

fn object<'a>(document: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document
        .get(name)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn clashes(merged: &Value, document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (section, members) in object(document, "components") {
        for (name, component) in members.as_object().into_iter().flatten() {
            let present = &merged["components"][section.as_str()][name.as_str()];
            if !present.is_null() && present != component {
                found.push((section.clone(), name.clone()));
            }
        }
    }
    found
}

fn rename(document: &mut Value, section: &str, from: &str, to: &str) {
    if let Some(members) = document["components"][section].as_object_mut()
        && let Some(component) = members.remove(from)
    {
        members.insert(to.to_owned(), component);
    }
    let (old, new) = (
        format!("#/components/{section}/{from}"),
        format!("#/components/{section}/{to}"),
    );
    replace_references(document, &old, &new);
}

fn replace_references(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "$ref" && member == old {
                    *member = Value::String(new.to_owned());
                }
                replace_references(member, old, new);
            }
        }
        Value::Array(members) => members
            .iter_mut()
            .for_each(|member| replace_references(member, old, new)),
        _ => {}
    }
}

fn problem_response() -> Value {
    json!({
        "description": "RFC 9457 problem details",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

fn problem_schema() -> Value {
    let fault = json!({
        "type": "object",
        "properties": {
            "pointer": { "type": "string", "description": "JSON Pointer fragment into the body", "examples": ["#/phones/0/number"] },
            "parameter": { "type": "string" },
            "header": { "type": "string" },
            "detail": { "type": "string" },
        },
        "required": ["detail"],
    });
    let text = || json!({ "type": "string" });
    let properties: Map<String, Value> = [
        ("type".to_owned(), text()),
        ("title".to_owned(), text()),
        ("status".to_owned(), json!({ "type": "integer" })),
        ("detail".to_owned(), text()),
        ("instance".to_owned(), text()),
        (
            "errors".to_owned(),
            json!({ "type": "array", "items": fault }),
        ),
    ]
    .into_iter()
    .collect();
    json!({ "type": "object", "properties": properties, "required": ["type", "title", "status"] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schema: &str) -> Value {
        json!({
            "tags": [{ "name": "t" }],
            "paths": { "/v1/a": { "get": { "responses": { "200": { "$ref": "#/components/schemas/Thing" } } } } },
            "components": { "schemas": { "Thing": { "type": schema } } },
        })
    }

    #[test]
    fn clashing_components_are_kept_apart_and_equal_ones_are_shared() {
        let mut other = document("integer");
        other["paths"] = json!({ "/v1/b": other["paths"]["/v1/a"].clone() });
        let merged = merge(&[
            ("one".to_owned(), document("string")),
            ("two".to_owned(), other),
        ]);
        assert_eq!(merged["components"]["schemas"]["Thing"]["type"], "string");
        assert_eq!(
            merged["components"]["schemas"]["two.Thing"]["type"],
            "integer"
        );
        let reference = &merged["paths"]["/v1/b"]["get"]["responses"]["200"]["$ref"];
        assert_eq!(reference, "#/components/schemas/two.Thing");
        assert_eq!(merged["tags"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_takes_signatures_says_so_to_tools_too() {
        let item = json!({ "parameters": [], "get": { "x-signed": true }, "put": {} });
        let document = json!({ "paths": { "/a": item } });
        let merged = merge(&[("one".to_owned(), document)]);
        let operations = &merged["paths"]["/a"];
        let either = json!([{ "key": [] }, { "signature": [] }]);
        assert_eq!(operations["get"]["security"], either);
        assert_eq!(operations["put"], json!({}));
    }

    #[test]
    fn two_services_can_offer_methods_at_one_path() {
        let with = |method: &str| {
            let paths = json!({ "/dav": { ADDITIONAL: { method: {} } } });
            (method.to_owned(), json!({ "paths": paths }))
        };
        let merged = merge(&[with("PROPFIND"), with("REPORT")]);
        let operations = &merged["paths"]["/dav"][ADDITIONAL];
        assert_eq!(*operations, json!({ "PROPFIND": {}, "REPORT": {} }));
    }
}
