//! What was sent, what became of it, and what broke.

use super::{arsenal::Kind, caller::Outcome};
use crate::{
    latencies::Latencies,
    table::{Table, milliseconds},
};
use std::{collections::BTreeMap, time::Duration};

/// Findings that are shown; all are counted.
const SHOWN: usize = 20;
/// Reasons that are told apart; what comes later goes under [`OTHERS`].
const REASONS: usize = 60;
const OTHERS: &str = "other reasons";
/// In characters.
const LONGEST_REASON: usize = 80;

/// Files of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    sent: u64,
    ready: u64,
    failed: u64,
    refused: u64,
    faults: u64,
}

pub struct Account {
    kinds: BTreeMap<Kind, Tally>,
    statuses: BTreeMap<u16, u64>,
    reasons: BTreeMap<String, u64>,
    /// Good pictures, by the time that each was ready after.
    good: Latencies,
    good_missing: u64,
    /// How often each promise was broken.
    broken: BTreeMap<&'static str, u64>,
    findings: Vec<String>,
}

impl Account {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            kinds: BTreeMap::new(),
            statuses: BTreeMap::new(),
            reasons: BTreeMap::new(),
            good: Latencies::new()?,
            good_missing: 0,
            broken: BTreeMap::new(),
            findings: Vec::new(),
        })
    }

    /// `what` names the file so that it can be made again.
    pub fn note(&mut self, kind: Kind, outcome: &Outcome, what: &str) {
        let tally = self.kinds.entry(kind).or_default();
        tally.sent += 1;
        match outcome {
            Outcome::Ready => tally.ready += 1,
            Outcome::Failed(reason) => {
                tally.failed += 1;
                self.reason(format!("failed: {}", general(reason)));
            }
            Outcome::Refused(status, reason) => {
                tally.refused += 1;
                self.status(*status);
                self.reason(format!("{status}: {}", general(reason)));
            }
            Outcome::Fault(..) | Outcome::Unsettled | Outcome::Silent(_) => tally.faults += 1,
        }
        self.judge(outcome, what);
    }

    /// What is wrong whatever was asked.
    pub fn judge(&mut self, outcome: &Outcome, what: &str) {
        match outcome {
            Outcome::Fault(status, reason) => {
                self.status(*status);
                self.broke("answers 5xx", &format!("{what}: {status} {reason}"));
            }
            Outcome::Unsettled => self.broke("never settled", what),
            Outcome::Silent(error) => self.broke("no answer", &format!("{what}: {error}")),
            Outcome::Ready | Outcome::Failed(_) | Outcome::Refused(..) => {}
        }
    }

    /// A picture that nothing was wrong with: the time until it was ready, or why it was not.
    pub fn good(&mut self, outcome: Result<Duration, String>) {
        match outcome {
            Ok(time) => self.good.record(time),
            Err(why) => {
                self.good_missing += 1;
                self.broke("good pictures not ready in time", &why);
            }
        }
    }

    pub fn broke(&mut self, promise: &'static str, finding: &str) {
        *self.broken.entry(promise).or_default() += 1;
        if self.findings.len() < SHOWN {
            self.findings.push(format!("{promise}: {finding}"));
        }
    }

    /// Files and requests so far, and good pictures that became ready.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let sent = self.kinds.values().map(|tally| tally.sent).sum();
        (sent, self.good.count())
    }

    /// Each broken promise and how often.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let each = self.broken.iter();
        each.map(|(promise, count)| format!("{promise}: {count}"))
            .collect()
    }

    #[must_use]
    pub fn render(&self) -> String {
        let tables = [self.files(), self.refusals(), self.rest()];
        let tables: Vec<_> = tables.iter().map(Table::render).collect();
        let findings = self.findings.iter().map(|finding| format!("{finding}\n"));
        tables.join("\n") + &findings.collect::<String>()
    }

    fn files(&self) -> Table {
        let mut table = Table::new([
            "sent",
            "number",
            "ready",
            "failed",
            "refused at once",
            "neither",
        ]);
        for (kind, tally) in &self.kinds {
            let numbers = [
                tally.sent,
                tally.ready,
                tally.failed,
                tally.refused,
                tally.faults,
            ];
            let numbers = numbers.iter().map(u64::to_string);
            table.row([kind.name().to_owned()].into_iter().chain(numbers));
        }
        table
    }

    fn refusals(&self) -> Table {
        let mut table = Table::new(["answer or reason", "number"]);
        for (status, count) in &self.statuses {
            table.row([status.to_string(), count.to_string()]);
        }
        for (reason, count) in &self.reasons {
            table.row([reason.replace('|', "/"), count.to_string()]);
        }
        table
    }

    fn rest(&self) -> Table {
        let mut table = Table::new(["account", "number"]);
        let (ready, missing) = (self.good.count(), self.good_missing);
        table.row([
            "good pictures sent".to_owned(),
            (ready + missing).to_string(),
        ]);
        table.row(["good pictures ready".to_owned(), ready.to_string()]);
        for (name, share) in [("half of them within ms", 0.5), ("all within ms", 1.0)] {
            let time = milliseconds(self.good.quantile(share));
            table.row([name.to_owned(), time]);
        }
        for promise in [
            "answers 5xx",
            "never settled",
            "no answer",
            "ends of the process",
        ] {
            let count = self.broken.get(promise).copied().unwrap_or_default();
            table.row([promise.to_owned(), count.to_string()]);
        }
        table
    }

    fn status(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    fn reason(&mut self, reason: String) {
        let is_known = self.reasons.contains_key(&reason) || self.reasons.len() < REASONS;
        let reason = if is_known { reason } else { OTHERS.to_owned() };
        *self.reasons.entry(reason).or_default() += 1;
    }
}

/// Without the numbers and details that tell one file from the next.
fn general(reason: &str) -> String {
    let start = reason.split('{').next().unwrap_or_default();
    let is_number = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let words = start.split_whitespace();
    let words = words.map(|word| if is_number(word) { "#" } else { word });
    let general = words.collect::<Vec<_>>().join(" ");
    general.chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_no_faults() {
        let mut account = Account::new().unwrap();
        let refused = Outcome::Refused(415, "no image".to_owned());
        account.note(Kind::Mislabelled, &refused, "1");
        account.note(
            Kind::Bomb,
            &Outcome::Failed("too many pixels: 31".to_owned()),
            "2",
        );
        account.note(Kind::Mutated, &Outcome::Ready, "3");
        account.good(Ok(Duration::from_millis(20)));
        assert_eq!(account.faults(), Vec::<String>::new());
        assert_eq!(account.progress(), (3, 1));
        let text = account.render();
        assert!(text.contains("415: no image") && text.contains("failed: too many pixels: #"));
    }

    #[test]
    fn every_broken_promise_is_told() {
        let mut account = Account::new().unwrap();
        let fault = Outcome::Fault(500, "oh".to_owned());
        account.note(Kind::Form, &fault, "seed 7");
        account.note(Kind::Bomb, &Outcome::Unsettled, "seed 8");
        account.judge(&Outcome::Silent("broken pipe".to_owned()), "seed 9");
        account.good(Err("late".to_owned()));
        assert_eq!(account.faults().len(), 4);
        assert!(account.render().contains("seed 7: 500 oh"));
    }

    #[test]
    fn reasons_stay_few() {
        let mut account = Account::new().unwrap();
        for n in 0..500 {
            let letters = format!("{}{}", (b'a' + n as u8 % 26) as char, "x".repeat(n / 26));
            account.note(Kind::Mutated, &Outcome::Failed(letters), "");
        }
        assert_eq!(account.reasons.len(), REASONS + 1);
        let [one, other] = ["12 of 0xAB", "9 of 1"].map(general);
        assert_eq!((one.as_str(), &one), ("# of #", &other));
        assert_eq!(general("a chunk { type: PlTE }"), "a chunk");
    }
}
