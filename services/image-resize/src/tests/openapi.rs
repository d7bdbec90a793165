use crate::{PICTURES, openapi};
use imaging::Format;
use serde_json::Value;

/// Gateways merge these in.
const SHARED: &str = "#/components/responses/Problem";

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|inner| references(inner, found));
        }
        Value::Array(elements) => elements.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_whole_and_knows_its_limit() {
    let document = openapi(1234);
    for operation in ["~1v1~1images/post", "~1v1~1images~1{id}~1content/put"] {
        let limit = format!("/paths/{operation}/x-upload/max_bytes");
        assert_eq!(document.pointer(&limit), Some(&1234.into()));
    }
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found.into_iter().filter(|reference| *reference != SHARED) {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
}

#[test]
fn the_document_names_the_formats_that_there_are() {
    let document = openapi(1);
    let names = document.pointer("/components/schemas/OutputFormat/enum");
    let names = names.and_then(Value::as_array).unwrap();
    assert_eq!(names.len(), Format::OUTPUTS.len());
    for path in PICTURES {
        for status in ["200", "206"] {
            let pointer = format!("/paths/{path}/get/responses/{status}/content");
            let content = document.pointer(&pointer).unwrap();
            for format in Format::OUTPUTS {
                assert!(content.get(format.media_type()).is_some(), "{pointer}");
            }
        }
    }
}
