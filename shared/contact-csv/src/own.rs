//! Our own columns: each is the path of a member.

mod path;
mod read;
mod write;

pub(crate) use write::{columns, row};

use crate::header::HeaderError;
use path::Path;
use std::collections::BTreeSet;

/// Holds by what the contact is known again.
const ID: &str = "id";
/// What such an id begins with; other products have ids, too.
const ID_START: &str = "con_";
/// Holds, as JSON, what has no column.
const MORE: &str = "more";
/// Holds the names of groups, one on each line.
const GROUPS: &str = "groups";
/// Before a key of `custom`. Never written, since the header cannot wait for every contact's keys.
const CUSTOM: &str = "custom.";

#[derive(Debug)]
pub(crate) struct OwnColumns(Vec<OwnColumn>);

#[derive(Debug, PartialEq, Eq)]
enum OwnColumn {
    Member(Path),
    Custom(String),
    Id,
    Groups,
    More,
    Unknown,
}

impl OwnColumns {
    pub fn of(names: &[String]) -> Result<Self, HeaderError> {
        let columns: Vec<_> = names.iter().map(|name| OwnColumn::of(name)).collect();
        let this = Self(columns);
        let mut seen = BTreeSet::new();
        let repeated = names.iter().zip(&this.0).find(|(name, column)| {
            let key = match column {
                OwnColumn::Custom(key) => format!("{CUSTOM}{key}"),
                _ => name.to_lowercase(),
            };
            **column != OwnColumn::Unknown && !seen.insert(key)
        });
        match repeated {
            // Other products may repeat a name that happens to be one of ours.
            Some((name, _)) if this.names_somebody() => Err(HeaderError::Repeated(name.clone())),
            _ => Ok(this),
        }
    }

    pub fn known(&self) -> usize {
        self.0
            .iter()
            .filter(|column| **column != OwnColumn::Unknown)
            .count()
    }

    pub fn names_somebody(&self) -> bool {
        let names =
            |column: &OwnColumn| matches!(column, OwnColumn::Member(path) if path.names_somebody());
        self.0.iter().any(names)
    }
}

impl OwnColumn {
    fn of(name: &str) -> Self {
        let custom = name
            .get(..CUSTOM.len())
            .filter(|start| start.eq_ignore_ascii_case(CUSTOM));
        match (custom, name.to_lowercase().as_str()) {
            (Some(start), _) if name.len() > start.len() => {
                Self::Custom(name.split_at(start.len()).1.to_owned())
            }
            (_, ID) => Self::Id,
            (_, MORE) => Self::More,
            (_, GROUPS) => Self::Groups,
            (_, lower) => Path::parse(lower).map_or(Self::Unknown, Self::Member),
        }
    }
}
