//! Apple's labels: `item1.TEL` is called what `item1.X-ABLabel` says.

use crate::card::Card;
use std::collections::{HashMap, HashSet};

const LABEL: &str = "X-ABLABEL";

/// A group's label.
#[derive(Debug, Clone)]
pub struct Label {
    /// Without the signs around Apple's own ones.
    pub text: String,
    /// One of Apple's own, which every language shows in its own words.
    pub builtin: bool,
}

/// The groups of a card, in lower case.
#[derive(Debug, Default)]
pub struct Labels {
    by_group: HashMap<String, Label>,
}

impl Labels {
    pub fn of(card: &Card) -> Self {
        let mut labels = Self::default();
        for property in card.named(LABEL) {
            let text = property.text();
            if let Some(group) = property.group().filter(|_| !text.trim().is_empty()) {
                let group = group.to_ascii_lowercase();
                labels
                    .by_group
                    .entry(group)
                    .or_insert_with(|| Label::read(&text));
            }
        }
        labels
    }

    pub fn get(&self, group: Option<&str>) -> Option<&Label> {
        if self.by_group.is_empty() {
            return None;
        }
        self.by_group.get(&group?.to_ascii_lowercase())
    }
}

impl Label {
    pub fn read(text: &str) -> Self {
        let inner = bare(text.trim());
        Self {
            text: inner.unwrap_or(text).to_owned(),
            builtin: inner.is_some(),
        }
    }
}

fn bare(text: &str) -> Option<&str> {
    text.strip_prefix("_$!<")?.strip_suffix(">!$_")
}

/// How a label is written so that it reads as what it is, even if it looks like one of Apple's own.
pub fn spelled(label: &str) -> String {
    match bare(label.trim()) {
        Some(_) => format!("_$!<{label}>!$_"),
        None => label.to_owned(),
    }
}

/// Which groups of a card there are, and where their properties stand.
#[derive(Debug)]
pub struct Groups {
    members: HashMap<String, Vec<(usize, String)>>,
    taken: HashSet<String>,
}

impl Groups {
    pub fn of(card: &Card) -> Self {
        let mut members: HashMap<String, Vec<(usize, String)>> = HashMap::new();
        for property in card.properties() {
            if let Some(group) = property.group() {
                let member = (property.position(), property.name().to_owned());
                let group = group.to_ascii_lowercase();
                members.entry(group).or_default().push(member);
            }
        }
        let taken = members.keys().cloned().collect();
        Self { members, taken }
    }

    /// Where the group's labels stand.
    pub fn labels(&self, group: Option<&str>) -> impl Iterator<Item = usize> {
        let members = self.members(group).iter();
        members
            .filter(|(_, name)| name == LABEL)
            .map(|(position, _)| *position)
    }

    /// Where those properties stand that are only there for the one other property of the group.
    pub fn attached(&self, group: Option<&str>) -> impl Iterator<Item = usize> {
        let own = self.is_own(group);
        let members = self.members(group).iter().filter(move |_| own);
        members
            .filter(|(_, name)| is_about(name))
            .map(|(position, _)| *position)
    }

    /// Whether only one property is in the group, but for those that are about it.
    pub fn is_own(&self, group: Option<&str>) -> bool {
        let others = self
            .members(group)
            .iter()
            .filter(|(_, name)| !is_about(name));
        others.count() == 1
    }

    fn members(&self, group: Option<&str>) -> &[(usize, String)] {
        let members = group.and_then(|group| self.members.get(&group.to_ascii_lowercase()));
        members.map(Vec::as_slice).unwrap_or_default()
    }

    /// A name that no group has.
    pub fn fresh(&mut self) -> String {
        let mut number = self.taken.len();
        loop {
            number += 1;
            let name = format!("item{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

fn is_about(name: &str) -> bool {
    matches!(name, LABEL | "X-ABADR")
}
