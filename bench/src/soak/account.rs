//! Promises against what is there.

use super::{
    contact::Contact,
    deliveries::Deliveries,
    ledger::{Ledger, Promised},
    log::Log,
};
use crate::table::Table;
use std::collections::HashMap;

/// Findings that are shown; all are counted.
const SHOWN: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Says how much there was.
    Count,
    /// Has to be zero in the end, and may need a while to become so.
    Missing,
    /// Has to be zero from the start.
    Fault,
}

struct Row {
    kind: Kind,
    what: &'static str,
    number: u64,
}

/// The reckoning of a run.
#[derive(Default)]
pub struct Account {
    rows: Vec<Row>,
    findings: Vec<String>,
}

impl Account {
    /// `stored` are all contacts of the tenant that is there for this run alone.
    #[must_use]
    pub fn draw(ledger: &Ledger, stored: &[Contact], log: &Log, deliveries: &Deliveries) -> Self {
        let mut account = Self::default();
        account.writes(ledger, stored);
        account.updates(ledger, stored);
        account.answers(ledger);
        account.events(ledger, stored, log);
        account.deliveries(log, deliveries);
        account
    }

    /// Nothing that is still to come is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.all_zero(&[Kind::Missing])
    }

    /// Nothing was lost, doubled or out of order.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.all_zero(&[Kind::Missing, Kind::Fault])
    }

    fn all_zero(&self, kinds: &[Kind]) -> bool {
        let mut rows = self.rows.iter().filter(|row| kinds.contains(&row.kind));
        rows.all(|row| row.number == 0)
    }

    /// In the order of the table.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.rows.iter().map(|row| row.number).collect()
    }

    /// The table, and what is wrong by name.
    #[must_use]
    pub fn render(&self) -> String {
        let mut table = Table::new(["account", "number"]);
        for row in &self.rows {
            table.row([row.what.to_owned(), row.number.to_string()]);
        }
        let findings = self.findings.iter().map(|finding| format!("{finding}\n"));
        table.render() + &findings.collect::<String>()
    }

    fn row(&mut self, kind: Kind, what: &'static str, number: u64) {
        self.rows.push(Row { kind, what, number });
    }

    fn find(&mut self, finding: impl FnOnce() -> String) {
        if self.findings.len() < SHOWN {
            self.findings.push(finding());
        }
    }

    fn writes(&mut self, ledger: &Ledger, stored: &[Contact]) {
        let by_id: HashMap<_, _> = stored.iter().map(|one| (one.id.as_str(), one)).collect();
        let mut lost = 0;
        for (id, promised) in ledger.contacts() {
            let found = by_id.get(id.as_str());
            if !found.is_some_and(|contact| contact.is_called(&promised.name)) {
                lost += 1;
                self.find(|| format!("lost: the contact {id}, written as {}", promised.name));
            }
        }
        let mut names: HashMap<_, Vec<&str>> = HashMap::new();
        for contact in stored {
            names
                .entry(&contact.name.given)
                .or_default()
                .push(&contact.id);
        }
        let mut doubled = 0;
        for (name, ids) in names.iter().filter(|(_, ids)| ids.len() > 1) {
            doubled += ids.len() as u64 - 1;
            self.find(|| format!("doubled: {name:?} is {}", ids.join(" and ")));
        }
        let acknowledged = ledger.contacts().len() as u64;
        self.row(Kind::Count, "writes acknowledged", acknowledged);
        self.row(Kind::Fault, "writes lost", lost);
        self.row(Kind::Fault, "writes doubled", doubled);
    }

    fn updates(&mut self, ledger: &Ledger, stored: &[Contact]) {
        let (mut lost, mut doubled) = (0, 0);
        for contact in stored {
            if let Some(promised) = ledger.contacts().get(&contact.id) {
                for update in contact.lacks(promised) {
                    lost += 1;
                    self.find(|| format!("lost: the update {update} of {}", contact.id));
                }
            }
            // A contact begins as version 1 and counts its changes.
            let more = contact.version.saturating_sub(changes(contact));
            if more > 0 {
                doubled += more;
                let Contact { id, version, .. } = contact;
                self.find(|| {
                    let fields = contact.custom.len();
                    format!("doubled: {id} is at version {version} after {fields} updates")
                });
            }
        }
        let acknowledged = ledger.contacts().values();
        let acknowledged = acknowledged.map(|one| one.updates.len() as u64).sum();
        self.row(Kind::Count, "updates acknowledged", acknowledged);
        self.row(Kind::Fault, "updates lost", lost);
        self.row(Kind::Fault, "updates doubled", doubled);
    }

    fn answers(&mut self, ledger: &Ledger) {
        let (wrong, shown) = ledger.wrongs();
        for what in shown {
            self.find(|| format!("wrong: {what}"));
        }
        self.row(Kind::Count, "reads answered", ledger.reads);
        self.row(Kind::Fault, "wrong answers", wrong);
        let (refused, unanswered) = ledger.misses();
        self.row(Kind::Count, "tries refused", refused);
        self.row(Kind::Count, "tries unanswered", unanswered);
        // They may be there or not, but a system that has come back serves everybody.
        self.row(Kind::Fault, "never settled", ledger.open());
    }

    /// Each contact has one event for each of its versions, whether its caller heard of them or not.
    fn events(&mut self, ledger: &Ledger, stored: &[Contact], log: &Log) {
        let mut expected: HashMap<_, _> = ledger.contacts().iter().map(promised_changes).collect();
        for contact in stored {
            let changes = changes(contact);
            let before = expected.entry(contact.id.as_str()).or_default();
            *before = changes.max(*before);
        }
        let (mut found, mut missing, mut doubled) = (0, 0, 0);
        for (id, expected) in &expected {
            let events = log.events_of(id);
            found += events;
            missing += expected.saturating_sub(events);
            doubled += events.saturating_sub(*expected);
            if events != *expected {
                self.find(|| format!("events: {id} has {events} in the log instead of {expected}"));
            }
        }
        self.row(Kind::Count, "events expected", expected.values().sum());
        self.row(Kind::Count, "events in the log", found);
        self.row(Kind::Missing, "events missing", missing);
        self.row(Kind::Fault, "events doubled", doubled);
        self.row(Kind::Fault, "events out of order", log.out_of_order);
    }

    fn deliveries(&mut self, log: &Log, deliveries: &Deliveries) {
        let (mut expected, mut missing) = (0, 0);
        for id in log.ids() {
            expected += 1;
            if !deliveries.has(id) {
                missing += 1;
                self.find(|| format!("missing: the event {id} did not reach the webhook"));
            }
        }
        self.row(Kind::Count, "deliveries expected", expected);
        self.row(Kind::Count, "deliveries arrived", expected - missing);
        self.row(Kind::Missing, "deliveries missing", missing);
        let doubled = deliveries.doubled();
        self.row(Kind::Fault, "deliveries under two webhook-ids", doubled);
        let repeated = deliveries.repeated();
        self.row(
            Kind::Count,
            "deliveries repeated, same webhook-id",
            repeated,
        );
    }
}

/// Creation and updates, as the contact shows them.
fn changes(contact: &Contact) -> u64 {
    1 + contact.custom.len() as u64
}

fn promised_changes<'a>((id, promised): (&'a String, &Promised)) -> (&'a str, u64) {
    (id.as_str(), 1 + promised.updates.len() as u64)
}

#[cfg(test)]
mod tests;
