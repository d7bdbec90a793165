//! Problems as `DAV:error` documents (RFC 4918, section 16), for clients that read nothing else.

use serde_json::Value;
use std::fmt::Write;
use web::Fault;

pub const MEDIA_TYPE: &str = "application/xml; charset=utf-8";

/// A problem's JSON as XML. What people are to read is in elements of our own, as the standard wants it.
#[must_use]
pub fn error(problem: &[u8]) -> String {
    let problem = serde_json::from_slice::<Value>(problem).unwrap_or_default();
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <d:error xmlns:d=\"DAV:\" xmlns:s=\"urn:switchboard:dav\">",
    );
    for (member, name) in [
        ("type", "type"),
        ("detail", "message"),
        ("instance", "instance"),
    ] {
        if let Some(text) = problem[member].as_str() {
            element(&mut xml, name, text);
        }
    }
    let faults = problem["errors"].as_array().into_iter().flatten();
    for fault in faults.filter_map(Fault::from_json) {
        element(&mut xml, "fault", &fault.to_string());
    }
    xml.push_str("</d:error>\n");
    xml
}

fn element(xml: &mut String, name: &str, text: &str) {
    // Writing to a string does not fail.
    let _ = write!(xml, "<s:{name}>{}</s:{name}>", escaped(text));
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML 1.0 has no way to write these.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use web::{Problem, ProblemKind};

    #[test]
    fn all_that_a_problem_says_is_in_the_document() {
        let problem = Problem::new(ProblemKind::Forbidden, "not <here> & now")
            .fault(Fault::parameter("colour", "is not a known parameter"));
        let xml = error(&problem.body("urn:switchboard:request:1"));
        for part in [
            "<d:error xmlns:d=\"DAV:\"",
            "<s:type>urn:switchboard:problem:forbidden</s:type>",
            "<s:message>not &lt;here&gt; &amp; now</s:message>",
            "<s:instance>urn:switchboard:request:1</s:instance>",
            "<s:fault>",
            "colour",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
        assert!(error(b"?").ends_with("\"></d:error>\n"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_document(text in any::<String>()) {
            let xml = error(&Problem::new(ProblemKind::NotFound, text).body(""));
            let allowed = |char: char| !char.is_control() || matches!(char, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}');
            prop_assert!(xml.chars().all(allowed));
            let (_, message) = xml.split_once("<s:message>").unwrap();
            let (message, _) = message.split_once("</s:message>").unwrap();
            prop_assert!(!message.contains(['<', '>']));
        }
    }
}
