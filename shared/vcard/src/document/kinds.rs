//! The words for `type`, as parameters and as Apple's labels.

use crate::{draft::Draft, property::Property, version::Version};

/// Which words a kind of property knows. The first one found in a property is its type: `HOME,FAX` is a fax.
#[derive(Debug)]
pub struct Kinds {
    /// The parameter's value, and what it means; of several values, the first one is written.
    types: &'static [(&'static str, &'static str)],
    labels: &'static [(&'static str, &'static str)],
}

pub const PHONES: Kinds = Kinds {
    types: &[
        ("fax", "fax"),
        ("pager", "pager"),
        ("cell", "mobile"),
        ("mobile", "mobile"),
        ("iphone", "mobile"),
        ("work", "work"),
        ("home", "home"),
        ("other", "other"),
    ],
    labels: &[
        ("mobile", "mobile"),
        ("iphone", "mobile"),
        ("work", "work"),
        ("home", "home"),
        ("homefax", "fax"),
        ("workfax", "fax"),
        ("otherfax", "fax"),
        ("pager", "pager"),
        ("other", "other"),
    ],
};

pub const PLACES: Kinds = Kinds {
    types: &[("work", "work"), ("home", "home"), ("other", "other")],
    labels: &[("work", "work"), ("home", "home"), ("other", "other")],
};

impl Kinds {
    pub fn of(&self, property: &Property<'_>) -> Option<&'static str> {
        let rank = |found: &str| {
            let mut types = self.types.iter();
            types.position(|(word, _)| word.eq_ignore_ascii_case(found))
        };
        let first = property.types().filter_map(rank).min()?;
        self.types.get(first).map(|(_, kind)| *kind)
    }

    /// What a label of Apple's own means.
    pub fn of_label(&self, builtin: &str) -> Option<&'static str> {
        let mut labels = self.labels.iter();
        labels
            .find(|(word, _)| word.eq_ignore_ascii_case(builtin))
            .map(|(_, kind)| *kind)
    }

    /// Leaves no other type of these, and every type that is none of these.
    pub fn write(&self, draft: &mut Draft, kind: Option<&str>, version: Version) {
        let known = |value: &str| {
            let mut types = self.types.iter();
            types.any(|(word, _)| word.eq_ignore_ascii_case(value))
        };
        draft.remove_types(known);
        let mut types = self.types.iter();
        let word = types.find(|(_, meaning)| Some(*meaning) == kind);
        let spelled = word.map(|(word, _)| match version {
            Version::V4_0 => (*word).to_owned(),
            Version::V3_0 | Version::V2_1 => word.to_ascii_uppercase(),
        });
        draft.add_types(spelled.into_iter());
    }
}
