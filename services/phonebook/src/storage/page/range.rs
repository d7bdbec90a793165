//! Which entries of which index are on a list.

use super::super::keys;
use crate::domain::{Contact, Index, Search, index::class};
use ports::Timestamp;
use std::sync::Arc;

/// Part of an index, whose entries are candidates for a list.
#[derive(Debug, Clone)]
pub struct Range {
    /// Tells the ranges of one list apart, in cursors.
    tag: String,
    prefix: String,
    /// Candidates are behind this key.
    start: Option<String>,
    rule: Rule,
}

/// Which of a range's entries are on the list. An index can be a moment ahead of or behind what is then read.
#[derive(Debug, Clone)]
enum Rule {
    /// `…<label>/<id>`, all of them.
    Label,
    /// `<first word>/<label>/<id>`: the display name begins with the words in this one of their orders.
    Opening(Arc<Search>, usize),
    /// `<term>/<label>/<id>`: the display name has all the words, whole.
    Name(Arc<Search>),
    /// `<term>/<label>/<id>`: the display name has words that begin so, and not all are whole.
    NameBegins(Arc<Search>),
    /// `<term>/…/<id>`: anything matches, and the display name alone does not.
    Anything(Arc<Search>, char),
    /// `<stamp>/<book>/<id>`, changed at that time or later.
    Changed(Timestamp),
}

/// An entry that may be on the list.
pub(super) struct Candidate<'k> {
    pub key: &'k str,
    pub id: String,
    /// What its rule compares: a term or a label.
    pub entry: &'k str,
}

impl Range {
    /// All contacts, or those of a book or a group, by display name; `prefix` is one of an index by label.
    #[must_use]
    pub fn by_name(prefix: impl Into<String>) -> Self {
        Self {
            tag: String::new(),
            prefix: prefix.into(),
            start: None,
            rule: Rule::Label,
        }
    }

    /// Contacts by their latest change, from a time on.
    #[must_use]
    pub fn changed_since(since: Timestamp) -> Self {
        // Services' clocks and the store's differ by less than this.
        let slack = std::time::Duration::from_secs(60);
        let from = since.as_micros().saturating_sub(slack.as_micros() as u64);
        Self {
            tag: String::new(),
            prefix: keys::CHANGES.to_owned(),
            start: Some(keys::changes_after(from)),
            rule: Rule::Changed(since),
        }
    }

    /// What a search finds along its leading word: whose name begins with the words, then whose name has them, then whose
    /// name has words that begin so, then the rest.
    #[must_use]
    pub(super) fn found_along(search: Search) -> Vec<Self> {
        let search = Arc::new(search);
        let mut ranges: Vec<Self> = Vec::new();
        let mut add = |class: char, terms: &str, rule: Rule| {
            ranges.push(Self {
                tag: format!("{}.{}", search.lead_place(), ranges.len()),
                prefix: format!("{}{class}{terms}", keys::FIND),
                start: None,
                rule,
            });
        };
        for (place, opening) in search.openings().iter().enumerate() {
            let first = opening.split(' ').next().unwrap_or_default();
            let rule = Rule::Opening(search.clone(), place);
            add(class::WORD, &format!("{first}/{opening}"), rule);
        }
        let lead = search.lead();
        if let Some(class) = search.classes().first() {
            add(*class, &format!("{lead}/"), Rule::Name(search.clone()));
            add(*class, lead, Rule::NameBegins(search.clone()));
        }
        for class in search.classes() {
            add(*class, lead, Rule::Anything(search.clone(), *class));
        }
        ranges
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) const fn start(&self) -> Option<&String> {
        self.start.as_ref()
    }

    /// What a page ends with that goes on behind this key.
    pub(super) fn place(&self, key: &str) -> String {
        format!("{}:{key}", self.tag)
    }

    /// The key of a place in this range.
    pub(super) fn key_of(&self, place: &str) -> Option<String> {
        let (tag, key) = place.split_once(':')?;
        (tag == self.tag && key.starts_with(&self.prefix)).then(|| key.to_owned())
    }

    /// Reads an index key; `None` when it cannot be on the list.
    pub(super) fn candidate<'k>(&self, key: &'k str) -> Option<Candidate<'k>> {
        let (place, id) = key.rsplit_once('/')?;
        let term_and_label = || {
            let (term, label) = key.strip_prefix(keys::FIND)?.split_once('/')?;
            let term = term.get(1..)?;
            Some((term, label.rsplit_once('/').map_or("", |(label, _)| label)))
        };
        let entry = match &self.rule {
            Rule::Label => place.rsplit_once('/')?.1,
            Rule::Opening(search, order) => {
                let (_, label) = term_and_label()?;
                (search.opening_of(label) == Some(*order)).then_some(label)?
            }
            Rule::Name(search) => {
                let (term, label) = term_and_label()?;
                let listed = search.is_name(label)
                    && search.lists_name(label, term)
                    && search.opening_of(label).is_none();
                listed.then_some(label)?
            }
            Rule::NameBegins(search) => {
                let (term, label) = term_and_label()?;
                let listed = search.begins_name(label)
                    && search.lists_name(label, term)
                    && !search.is_name(label)
                    && search.opening_of(label).is_none();
                listed.then_some(label)?
            }
            Rule::Anything(search, _) => {
                let (term, label) = term_and_label()?;
                (!search.begins_name(label)).then_some(term)?
            }
            Rule::Changed(_) => {
                let (stamp, _) = place.strip_prefix(keys::CHANGES)?.split_once('/')?;
                // One part more is a contact that is gone.
                (key.strip_prefix(keys::CHANGES)?.split('/').count() == 3).then_some(stamp)?
            }
        };
        let id = keys::contact_id(id);
        Some(Candidate { key, id, entry })
    }

    /// Is this what the index promised?
    pub(super) fn lists(&self, contact: &Contact, index: &Index, entry: &str) -> bool {
        match &self.rule {
            Rule::Label | Rule::Opening(..) | Rule::Name(_) | Rule::NameBegins(_) => {
                index.label == entry
            }
            Rule::Anything(search, class) => {
                search.lists(index, *class, entry) && !search.begins_name(&index.label)
            }
            Rule::Changed(since) => contact.updated_at >= *since,
        }
    }
}
