//! What callers were promised, and how hard it was to get.

use super::caller::Miss;
use rand::{Rng, RngExt};
use std::collections::{BTreeSet, HashMap};

/// Updates that one contact may get: fewer than the members that `custom` takes.
pub const MAX_UPDATES: usize = 20;
/// Wrong answers that are kept to be shown; all are counted.
const SHOWN: usize = 10;

/// A contact whose creation was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promised {
    pub name: String,
    /// Names of the updates that were acknowledged since.
    pub updates: BTreeSet<String>,
}

#[derive(Default)]
pub struct Ledger {
    contacts: HashMap<String, Promised>,
    /// Ids in the order of their acknowledgement.
    order: Vec<String>,
    /// What has been begun and has had no answer that settles it.
    open: BTreeSet<String>,
    pub reads: u64,
    refused: u64,
    unanswered: u64,
    wrong: u64,
    shown: Vec<String>,
}

impl Ledger {
    /// A caller begins to insist on something.
    pub fn begin(&mut self, what: &str) {
        self.open.insert(what.to_owned());
    }

    pub fn written(&mut self, name: &str, id: &str) {
        self.open.remove(name);
        let promised = Promised {
            name: name.to_owned(),
            updates: BTreeSet::new(),
        };
        self.contacts.insert(id.to_owned(), promised);
        self.order.push(id.to_owned());
    }

    pub fn updated(&mut self, update: &str, id: &str) {
        self.open.remove(update);
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.updates.insert(update.to_owned());
        }
    }

    /// An update that turned out not to be wanted.
    pub fn forget(&mut self, what: &str) {
        self.open.remove(what);
    }

    /// An answer that nobody should ever get. What was asked for stays open.
    pub fn wrong(&mut self, what: String) {
        self.wrong += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(what);
        }
    }

    /// One of the `last` contacts, and what is known of it.
    pub fn any(&self, dice: &mut impl Rng, last: usize) -> Option<(String, Promised)> {
        let recent = &self.order[self.order.len().saturating_sub(last)..];
        let id = recent.get(dice.random_range(0..recent.len().max(1)))?;
        Some((id.clone(), self.contacts.get(id)?.clone()))
    }

    #[must_use]
    pub fn contacts(&self) -> &HashMap<String, Promised> {
        &self.contacts
    }

    /// Operations that never got an answer that settles them.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    pub fn missed(&mut self, miss: Miss) {
        match miss {
            Miss::Refused => self.refused += 1,
            Miss::Unanswered => self.unanswered += 1,
        }
    }

    /// Tries that were refused, and those that had no answer.
    #[must_use]
    pub fn misses(&self) -> (u64, u64) {
        (self.refused, self.unanswered)
    }

    /// How many answers were wrong, and the first of them.
    #[must_use]
    pub fn wrongs(&self) -> (u64, &[String]) {
        (self.wrong, &self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn keeps_what_was_acknowledged_and_what_was_not() {
        let mut ledger = Ledger::default();
        for what in ["a", "b", "u"] {
            ledger.begin(what);
        }
        ledger.written("a", "con_1");
        ledger.updated("u", "con_1");
        assert_eq!(ledger.open(), 1, "b is open");
        let promised = &ledger.contacts()["con_1"];
        assert_eq!(promised.name, "a");
        assert!(promised.updates.contains("u"));
    }

    #[test]
    fn gives_one_of_the_last() {
        let (mut ledger, mut dice) = (Ledger::default(), StdRng::seed_from_u64(1));
        assert_eq!(ledger.any(&mut dice, 4), None);
        for n in 0..10 {
            ledger.written(&format!("n{n}"), &format!("con_{n}"));
        }
        for _ in 0..50 {
            let (id, _) = ledger.any(&mut dice, 2).unwrap();
            assert!(["con_8", "con_9"].contains(&id.as_str()), "{id}");
        }
    }

    #[test]
    fn shows_only_the_first_wrong_answers() {
        let mut ledger = Ledger::default();
        (0..100).for_each(|n| ledger.wrong(n.to_string()));
        let (count, shown) = ledger.wrongs();
        assert_eq!((count, shown.len()), (100, SHOWN));
    }
}
