//! The bodies that are not multistatus.

use super::{Condition, Propstat, multistatus::write_groups};
use crate::{PropName, Property, xml::Writer};

/// The body of an answer that is an error: the condition, if the standards name one, and a sentence for people.
#[must_use]
pub fn error_body(condition: Option<&Condition>, detail: &str) -> String {
    const ROOT: &str = "D:error";
    let mut out = Writer::document(ROOT);
    if let Some(condition) = condition {
        condition.write(&mut out);
    }
    out.leaf("D:responsedescription", &[], detail);
    out.finish(ROOT)
}

/// The body of the answer to `DAV:principal-search-property-set` (RFC 3744, section 9.5): the properties that principals
/// can be searched by, each with a description in English.
#[must_use]
pub fn principal_search_property_set(properties: &[(PropName, &str)]) -> String {
    const ROOT: &str = "D:principal-search-property-set";
    let mut out = Writer::document(ROOT);
    for (name, description) in properties {
        out.element("D:principal-search-property", |out| {
            out.element("D:prop", |out| Property::bare(name.clone()).write(out));
            out.leaf("D:description", &[("xml:lang", "en")], description);
        });
    }
    out.finish(ROOT)
}

/// Why a collection was not made (RFC 5689, section 3).
pub(crate) fn mkcol_body(groups: &[Propstat]) -> String {
    const ROOT: &str = "D:mkcol-response";
    let mut out = Writer::document(ROOT);
    write_groups(groups, false, &mut out);
    out.finish(ROOT)
}
