//! The event log as a reader sees it who reads on from the last position seen.

use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// One page of the log.
#[derive(Debug, Deserialize)]
pub struct Page {
    pub data: Vec<Event>,
    pub next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Event {
    pub id: String,
    pub subject: String,
    pub sequence: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    contact: Version,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: u64,
}

/// What became of one subject.
#[derive(Debug, Default)]
struct Subject {
    events: u64,
    version: u64,
}

#[derive(Debug, Default)]
pub struct Log {
    ids: HashSet<String>,
    subjects: HashMap<String, Subject>,
    last: String,
    pub out_of_order: u64,
}

impl Log {
    pub fn append(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.add(event));
    }

    /// Sequences of the whole log and versions of each contact have to rise.
    fn add(&mut self, event: &Event) {
        let subject = self.subjects.entry(event.subject.clone()).or_default();
        let version = event.data.contact.version;
        if event.sequence <= self.last || version <= subject.version {
            self.out_of_order += 1;
        }
        subject.events += 1;
        subject.version = subject.version.max(version);
        self.last.clone_from(&event.sequence);
        self.ids.insert(event.id.clone());
    }

    #[must_use]
    pub fn events_of(&self, subject: &str) -> u64 {
        self.subjects.get(subject).map_or(0, |one| one.events)
    }

    /// Of all events.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn event(id: &str, subject: &str, sequence: u64, version: u64) -> Event {
        Event {
            id: id.to_owned(),
            subject: subject.to_owned(),
            sequence: format!("{sequence:020}"),
            data: Data {
                contact: Version { version },
            },
        }
    }

    fn out_of_order(events: &[Event]) -> u64 {
        let mut log = Log::default();
        log.append(events);
        log.out_of_order
    }

    #[test]
    fn subjects_may_take_turns() {
        let events = [
            event("1", "a", 1, 1),
            event("2", "b", 2, 1),
            event("3", "a", 3, 2),
        ];
        assert_eq!(out_of_order(&events), 0);
    }

    #[test]
    fn sequences_and_versions_have_to_rise() {
        let twice = [event("1", "a", 7, 1), event("2", "b", 7, 1)];
        let back = [event("1", "a", 1, 2), event("2", "a", 2, 1)];
        assert_eq!((out_of_order(&twice), out_of_order(&back)), (1, 1));
    }

    #[test]
    fn reads_what_the_gateway_writes() {
        let page = r#"{"data":[{"specversion":"1.0","id":"evt_1","type":"contact.created.v1","subject":"con_1",
            "sequence":"00000000000000000007","data":{"contact":{"id":"con_1","version":1}}}],"next_cursor":null}"#;
        let page: Page = serde_json::from_str(page).unwrap();
        assert_eq!(page.data[0].data.contact.version, 1);
    }
}
