use super::*;
use crate::{
    sink::Book,
    soak::{contact::Name, log::tests::event},
};

/// Two contacts, one of them updated once, and everything as it should be.
struct Books {
    ledger: Ledger,
    stored: Vec<Contact>,
    log: Log,
    deliveries: Deliveries,
}

fn contact(id: &str, name: &str, updates: &[&str]) -> Contact {
    Contact {
        id: id.to_owned(),
        version: 1 + updates.len() as u64,
        name: Name {
            given: Some(name.to_owned()),
        },
        custom: updates
            .iter()
            .map(|update| ((*update).to_owned(), String::new()))
            .collect(),
    }
}

impl Books {
    fn balanced() -> Self {
        let mut books = Self {
            ledger: Ledger::default(),
            stored: vec![contact("con_1", "a", &["u"]), contact("con_2", "b", &[])],
            log: Log::default(),
            deliveries: Deliveries::default(),
        };
        books.ledger.written("a", "con_1");
        books.ledger.written("b", "con_2");
        books.ledger.updated("u", "con_1");
        books.event("e1", "con_1", 1, 1);
        books.event("e2", "con_2", 2, 1);
        books.event("e3", "con_1", 3, 2);
        for id in ["e1", "e2", "e3"] {
            books.deliver(id, id);
        }
        books
    }

    fn event(&mut self, id: &str, subject: &str, sequence: u64, version: u64) {
        self.log.append(&[event(id, subject, sequence, version)]);
    }

    fn deliver(&self, webhook_id: &str, event: &str) {
        let body = format!(r#"{{"id":"{event}"}}"#);
        self.deliveries.note(Some(webhook_id), body.as_bytes());
    }

    fn account(&self) -> Account {
        Account::draw(&self.ledger, &self.stored, &self.log, &self.deliveries)
    }

    /// The rows that ought to be zero and are not.
    fn faults(&self) -> Vec<(&'static str, u64)> {
        let account = self.account();
        let rows = account.rows.iter();
        let faults: Vec<_> = rows
            .filter(|row| row.kind != Kind::Count && row.number != 0)
            .map(|row| (row.what, row.number))
            .collect();
        assert_eq!(account.is_balanced(), faults.is_empty());
        assert_eq!(
            account.findings.is_empty(),
            faults.is_empty(),
            "what is wrong is named"
        );
        faults
    }

    fn number(&self, what: &str) -> u64 {
        let account = self.account();
        let row = account.rows.iter().find(|row| row.what == what);
        row.expect("a row").number
    }
}

#[test]
fn balances() {
    let books = Books::balanced();
    assert_eq!(books.faults(), []);
    for (what, number) in [
        ("writes acknowledged", 2),
        ("updates acknowledged", 1),
        ("events expected", 3),
        ("events in the log", 3),
        ("deliveries expected", 3),
        ("deliveries arrived", 3),
    ] {
        assert_eq!(books.number(what), number, "{what}");
    }
}

#[test]
fn a_contact_that_is_gone_is_lost() {
    let mut books = Books::balanced();
    books.stored.remove(1);
    assert_eq!(books.faults(), [("writes lost", 1)]);
}

#[test]
fn a_contact_that_has_another_name_is_lost() {
    let mut books = Books::balanced();
    books.stored[1].name.given = Some("c".to_owned());
    assert_eq!(books.faults(), [("writes lost", 1)]);
}

#[test]
fn a_write_with_two_contacts_is_doubled() {
    let mut books = Books::balanced();
    books.stored.push(contact("con_3", "b", &[]));
    books.event("e4", "con_3", 4, 1);
    books.deliver("e4", "e4");
    assert_eq!(books.faults(), [("writes doubled", 1)]);
}

#[test]
fn an_update_that_was_overwritten_is_lost() {
    let mut books = Books::balanced();
    books.stored[0].custom.clear();
    books.stored[0].version = 1;
    assert_eq!(books.faults(), [("updates lost", 1)]);
}

#[test]
fn an_update_that_was_made_twice_is_doubled() {
    let mut books = Books::balanced();
    books.stored[0].version = 3;
    books.event("e4", "con_1", 4, 3);
    books.deliver("e4", "e4");
    let expected = [("updates doubled", 1), ("events doubled", 1)];
    assert_eq!(books.faults(), expected);
}

#[test]
fn what_was_done_without_an_acknowledgement_has_its_events_too() {
    let mut books = Books::balanced();
    books.stored.push(contact("con_3", "c", &["v"]));
    assert_eq!(books.faults(), [("events missing", 2)]);
    assert!(!books.account().is_complete());
}

#[test]
fn an_event_that_comes_too_late_is_out_of_order() {
    let mut books = Books::balanced();
    books.stored[1] = contact("con_2", "b", &["v"]);
    books.event("e4", "con_2", 2, 2);
    books.deliver("e4", "e4");
    assert_eq!(books.log.out_of_order, 1);
    let account = books.account();
    assert!(account.is_complete() && !account.is_balanced());
}

#[test]
fn a_delivery_may_repeat_itself_and_nothing_else() {
    let books = Books::balanced();
    books.deliver("e1", "e1");
    assert_eq!(books.faults(), []);
    assert_eq!(books.number("deliveries repeated, same webhook-id"), 1);
    books.deliver("other", "e1");
    let account = books.account();
    assert!(account.is_complete() && !account.is_balanced());
}

#[test]
fn an_event_that_did_not_arrive_is_missing() {
    let mut books = Books::balanced();
    books.stored[1] = contact("con_2", "b", &["v"]);
    books.event("e4", "con_2", 4, 2);
    assert_eq!(books.faults(), [("deliveries missing", 1)]);
}

#[test]
fn nobody_may_be_left_without_an_answer_or_with_a_wrong_one() {
    let mut books = Books::balanced();
    books.ledger.begin("c");
    books.ledger.wrong("POST: 400".to_owned());
    let account = books.account();
    assert!(account.is_complete() && !account.is_balanced());
    assert!(account.render().contains("wrong: POST: 400"));
}
