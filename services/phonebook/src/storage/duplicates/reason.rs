use crate::{
    domain::{
        Contact, Index,
        index::{self, class},
    },
    storage::keys,
};
use std::collections::BTreeSet;

/// Why contacts may be the same, the strongest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Number,
    Email,
    Name,
}

pub const REASONS: [Reason; 3] = [Reason::Number, Reason::Email, Reason::Name];

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Email => "email",
            Self::Name => "name",
        }
    }

    /// The index that lists contacts by what they share: `<prefix><term>/<id>`.
    pub fn prefix(self) -> String {
        match self {
            Self::Number => format!("{}{}", keys::FIND, class::NUMBER),
            Self::Email => format!("{}{}", keys::FIND, class::ADDRESS),
            Self::Name => keys::NAMES.to_owned(),
        }
    }

    /// What a contact could share for this reason.
    pub fn terms(self, index: &Index) -> BTreeSet<&str> {
        let of = |class: char| {
            index
                .terms
                .iter()
                .filter_map(move |term| term.strip_prefix(class))
        };
        match self {
            Self::Number => of(class::NUMBER).collect(),
            Self::Email => of(class::ADDRESS).collect(),
            Self::Name => BTreeSet::from([index.label.as_str()]),
        }
    }

    /// What they share, as the first contact writes it.
    pub fn value(self, contact: &Contact, term: &str) -> String {
        match self {
            Self::Number => {
                let mut phones = contact.fields.phones.iter();
                let phone = phones.find(|phone| index::digits(phone) == term);
                let meaning = phone.and_then(|phone| phone.e164.as_ref());
                meaning.map_or_else(|| term.to_owned(), ToString::to_string)
            }
            Self::Email => term.to_owned(),
            Self::Name => contact.fields.display(),
        }
    }
}
