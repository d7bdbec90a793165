//! Where in a contact a cell belongs: `notes`, `name.given`, `urls.0`, `phones.0.number`.

use serde_json::{Map, Value, json};
use std::fmt;

const TEXTS: [&str; 4] = ["nickname", "birthday", "anniversary", "notes"];
const OBJECTS: [(&str, &[&str]); 2] = [
    (
        "name",
        &["prefix", "given", "middle", "family", "suffix", "display"],
    ),
    ("organization", &["name", "department", "title"]),
];
const LISTS: [&str; 1] = ["urls"];
const TABLES: [(&str, &[&str]); 3] = [
    ("phones", &["number", "e164", "type", "label", PRIMARY]),
    ("emails", &["address", "type", PRIMARY]),
    (
        "addresses",
        &["street", "city", "region", "postal_code", "country", "type"],
    ),
];
/// The only members that are no text.
const PRIMARY: &str = "primary";
/// The API takes no more entries of any array.
const MAX_ENTRIES: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Path {
    pub member: &'static str,
    pub index: Option<usize>,
    pub leaf: Option<&'static str>,
}

impl Path {
    pub fn parse(name: &str) -> Option<Self> {
        let (member, rest) = name
            .split_once('.')
            .map_or((name, None), |(member, rest)| (member, Some(rest)));
        let Some(rest) = rest else {
            return find(&TEXTS, member).map(|member| Self {
                member,
                index: None,
                leaf: None,
            });
        };
        if let Some((member, leaves)) = OBJECTS.into_iter().find(|(name, _)| *name == member) {
            let leaf = find(leaves, rest)?;
            return Some(Self {
                member,
                index: None,
                leaf: Some(leaf),
            });
        }
        if let Some(member) = find(&LISTS, member) {
            return Some(Self {
                member,
                index: Some(index(rest)?),
                leaf: None,
            });
        }
        let (member, leaves) = TABLES.into_iter().find(|(name, _)| *name == member)?;
        let (number, leaf) = rest.split_once('.')?;
        Some(Self {
            member,
            index: Some(index(number)?),
            leaf: Some(find(leaves, leaf)?),
        })
    }

    /// The paths below `name` and `organization` and those of single texts, in the order in which they are written.
    pub fn singles() -> impl Iterator<Item = Self> {
        let of = |(member, leaves): (&'static str, &'static [&'static str])| {
            leaves.iter().map(move |leaf| Self {
                member,
                index: None,
                leaf: Some(*leaf),
            })
        };
        let texts = TEXTS.into_iter().map(|member| Self {
            member,
            index: None,
            leaf: None,
        });
        OBJECTS.into_iter().flat_map(of).chain(texts)
    }

    /// The paths of the first `count` entries of an array.
    pub fn entries(member: &'static str, count: usize) -> impl Iterator<Item = Self> {
        let table = TABLES.into_iter().find(|(name, _)| *name == member);
        let leaves: Vec<Option<&'static str>> = match table {
            Some((_, leaves)) => leaves.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        (0..count).flat_map(move |index| {
            let path = move |leaf| Self {
                member,
                index: Some(index),
                leaf,
            };
            leaves.clone().into_iter().map(path)
        })
    }

    /// The arrays of a contact, which are always there.
    pub fn arrays() -> impl Iterator<Item = &'static str> {
        TABLES.into_iter().map(|(name, _)| name).chain(LISTS)
    }

    pub fn is_flag(&self) -> bool {
        self.leaf == Some(PRIMARY)
    }

    pub fn is_date(&self) -> bool {
        matches!(self.member, "birthday" | "anniversary")
    }

    pub fn names_somebody(&self) -> bool {
        let whole = (self.member, self.leaf);
        self.member == "name"
            || matches!(
                whole,
                ("organization", Some("name"))
                    | ("phones", Some("number"))
                    | ("emails", Some("address"))
            )
    }

    /// The place of the value, with everything on the way made; `None` where something else is already.
    pub fn place<'a>(&self, document: &'a mut Map<String, Value>) -> Option<&'a mut Value> {
        let mut place = document.entry(self.member).or_insert(Value::Null);
        if let Some(index) = self.index {
            let entries = filled(place, json!([])).as_array_mut()?;
            if entries.len() <= index {
                entries.resize(index + 1, Value::Null);
            }
            place = entries.get_mut(index)?;
        }
        if let Some(leaf) = self.leaf {
            let members = filled(place, json!({})).as_object_mut()?;
            place = members.entry(leaf).or_insert(Value::Null);
        }
        Some(place)
    }

    /// Takes the value out. In arrays, `null` stands where an entry was taken out whole.
    pub fn take(
        &self,
        document: &mut Map<String, Value>,
        wanted: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        let member = document.get_mut(self.member)?;
        let holder = match self.index {
            Some(index) => member.as_array_mut()?.get_mut(index)?,
            None => member,
        };
        let Some(leaf) = self.leaf else {
            return wanted(holder).then(|| holder.take());
        };
        let members = holder.as_object_mut()?;
        let value = members.get(leaf).filter(|value| wanted(value))?.clone();
        members.remove(leaf);
        if members.is_empty() {
            *holder = Value::Null;
        }
        Some(value)
    }
}

fn filled(place: &mut Value, with: Value) -> &mut Value {
    if place.is_null() {
        *place = with;
    }
    place
}

fn find(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().copied().find(|known| *known == name)
}

fn index(text: &str) -> Option<usize> {
    text.parse().ok().filter(|index| *index < MAX_ENTRIES)
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.member)?;
        if let Some(index) = self.index {
            write!(out, ".{index}")?;
        }
        self.leaf.map_or(Ok(()), |leaf| write!(out, ".{leaf}"))
    }
}
