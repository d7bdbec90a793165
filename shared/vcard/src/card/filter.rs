//! Parts of cards (RFC 6352, section 10.4).

use super::{Card, Edits};
use crate::{convert, draft::Content, draft::Draft, property::Property, version::Target};

impl Card {
    /// The card with the wanted properties alone: their names, and whether they are wanted without their values. A
    /// name may be one of a group, such as `item1.TEL`. `VERSION` is always there. Nothing wanted means everything.
    #[must_use]
    pub fn filtered(&self, wanted: &[(&str, bool)], version: Option<Target>) -> Self {
        let card = version.map(|target| convert::convert(self, target));
        let card = card.as_ref().unwrap_or(self);
        if wanted.is_empty() {
            return card.clone();
        }
        let mut edits = Edits::default();
        for position in 0..card.layout.entries.len() {
            let property = card.property(position);
            let found = property
                .as_ref()
                .and_then(|property| choice(property, wanted));
            match (property, found) {
                (_, Some(false)) => {}
                (Some(property), Some(true)) => edits.replace(position, without_value(&property)),
                _ => edits.remove(position),
            }
        }
        card.edited(&edits)
    }
}

fn choice(property: &Property<'_>, wanted: &[(&str, bool)]) -> Option<bool> {
    if property.name() == "VERSION" {
        return Some(false);
    }
    let asked = wanted.iter().find(|(name, _)| is_named(property, name));
    asked.map(|(_, without_value)| *without_value)
}

fn is_named(property: &Property<'_>, name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((group, name)) => {
            name.eq_ignore_ascii_case(property.name())
                && property
                    .group()
                    .is_some_and(|found| found.eq_ignore_ascii_case(group))
        }
        None => name.eq_ignore_ascii_case(property.name()),
    }
}

fn without_value(property: &Property<'_>) -> Draft {
    Draft {
        value: Content::Escaped(String::new()),
        ..Draft::of(property)
    }
}
