//! From values to XML.

use super::{CardVersion, Property, Value};
use crate::{Collation, Href, xml::Writer};
use time::{
    OffsetDateTime, UtcOffset,
    format_description::{FormatItem, well_known::Rfc3339},
    macros::format_description,
};

const HTTP_DATE: &[FormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

impl Property {
    pub(crate) fn write(&self, out: &mut Writer) {
        let attributes = self.value.attributes();
        out.named(&self.name, &attributes, |out| self.value.write(out));
    }
}

impl Value {
    /// Cards of version 3.0 need none: that is what their absence means (RFC 6352, section 10.4).
    fn attributes(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Card { version, .. } if *version != CardVersion::V30 => {
                card_attributes(*version).to_vec()
            }
            _ => Vec::new(),
        }
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::Empty => {}
            Self::Text(text) => out.text(text),
            Self::Card { text, .. } => out.text(text),
            Self::Number(number) => out.text(&number.to_string()),
            Self::Created(at) => out.text(&created(*at)),
            Self::Modified(at) => out.text(&modified(*at)),
            Self::Hrefs(hrefs) => hrefs.iter().for_each(|href| write_href(href, out)),
            Self::Unauthenticated => out.empty("D:unauthenticated"),
            Self::ResourceType(types) => types.iter().for_each(|kind| out.empty(kind.tag())),
            Self::Reports(reports) => {
                for report in reports {
                    out.element("D:supported-report", |out| {
                        out.element("D:report", |out| out.empty(report.tag()));
                    });
                }
            }
            Self::Privileges(privileges) => {
                for privilege in privileges {
                    out.element("D:privilege", |out| out.empty(privilege.tag()));
                }
            }
            Self::CardVersions(versions) => {
                for version in versions {
                    out.leaf("C:address-data-type", &card_attributes(*version), "");
                }
            }
            Self::Collations(collations) => write_collations(collations, out),
        }
    }
}

pub(crate) fn write_href(href: &Href, out: &mut Writer) {
    out.leaf("D:href", &[], &href.to_string());
}

fn write_collations(collations: &[Collation], out: &mut Writer) {
    for collation in collations {
        out.leaf("C:supported-collation", &[], collation.name());
    }
}

const fn card_attributes(version: CardVersion) -> [(&'static str, &'static str); 2] {
    [
        ("content-type", CardVersion::CONTENT_TYPE),
        ("version", version.as_str()),
    ]
}

/// Years that the format has no room for leave the element empty.
fn created(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    at.format(&Rfc3339).unwrap_or_default()
}

fn modified(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    at.format(HTTP_DATE).unwrap_or_default()
}
