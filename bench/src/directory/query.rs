//! What is asked of the directory. Every kind asks for a thousand different things in turn, so that no answer comes from
//! having been asked for a moment ago.

use super::Plan;
use crate::{
    http::{Connection, Target},
    people::{self, Person},
    system::running::Running,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;

/// Different requests of one kind, at most.
const DIFFERENT: usize = 1000;
/// People who are looked at until there are enough of those who can be asked for.
const TRIES: usize = 100 * DIFFERENT;
/// Digits in the middle of a number.
const INFIX: usize = 6;
/// Last digits of a number, dialled without its country.
const SUFFIX: usize = 9;
/// Keys that somebody presses to find a name.
const KEYS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    FrequentWord,
    RareWord,
    TwoWords,
    Infix,
    Keys,
    Exact,
    Suffix,
    Page,
    Changed,
}

#[derive(Deserialize)]
struct Page {
    next_cursor: Option<String>,
}

impl Query {
    pub const ALL: [Self; 9] = [
        Self::FrequentWord,
        Self::RareWord,
        Self::TwoWords,
        Self::Infix,
        Self::Keys,
        Self::Exact,
        Self::Suffix,
        Self::Page,
        Self::Changed,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FrequentWord => "search, frequent word",
            Self::RareWord => "search, rare word",
            Self::TwoWords => "search, two words",
            Self::Infix => "search, digits inside a number",
            Self::Keys => "search by telephone keys",
            Self::Exact => "lookup, exact",
            Self::Suffix => "lookup, suffix",
            Self::Page => "list, a page",
            Self::Changed => "updated_since, one change",
        }
    }

    /// The bytes of the requests.
    pub async fn requests(
        self,
        system: &Running,
        plan: &Plan,
        contact: &str,
    ) -> anyhow::Result<Vec<Vec<u8>>> {
        let target = &system.target;
        let paths = match self {
            Self::Page => pages(target).await?,
            Self::Changed => vec![changed(target, contact).await?],
            Self::FrequentWord => people::frequent_names().map(|name| search(&name)).collect(),
            _ => self.about_people(plan),
        };
        Ok(paths
            .iter()
            .map(|path| target.request("GET", path))
            .collect())
    }

    fn about_people(self, plan: &Plan) -> Vec<String> {
        let mut dice = StdRng::seed_from_u64(plan.seed);
        let people = (0..TRIES).map(|_| plan.person(dice.random_range(0..plan.contacts)));
        people
            .filter_map(|person| self.about(&person))
            .take(DIFFERENT)
            .collect()
    }

    /// The path that asks for this person; `None` if the person has not what it takes.
    fn about(self, person: &Person) -> Option<String> {
        let number = person.numbers.first()?;
        let last = |digits: usize| number.get(number.len().checked_sub(digits)?..);
        Some(match self {
            Self::RareWord => search(person.nickname.as_deref()?),
            Self::TwoWords => search(&format!("{} {}", person.given, person.family)),
            Self::Infix => search(last(INFIX + 1)?.get(..INFIX)?),
            Self::Keys if person.plain => format!("/v1/contacts?t9={}", keys(&person.family)?),
            Self::Exact => format!("/v1/lookup?number={}", escaped(number)),
            Self::Suffix => format!("/v1/lookup?number={}", last(SUFFIX)?),
            _ => return None,
        })
    }
}

/// Whether an answer names a contact.
pub fn found(body: &[u8]) -> bool {
    body.windows(6).any(|window| window == b"\"con_0")
}

fn search(text: &str) -> String {
    format!("/v1/contacts?q={}", escaped(text))
}

/// The first pages of the whole list, as far as the cursors of one walk through it lead.
async fn pages(target: &Target) -> anyhow::Result<Vec<String>> {
    let mut connection = Connection::open(target).await?;
    let mut paths = vec!["/v1/contacts".to_owned()];
    while let (Some(last), true) = (paths.last(), paths.len() < DIFFERENT) {
        let page: Page = connection.json(&target.request("GET", last)).await?;
        let Some(cursor) = page.next_cursor else {
            break;
        };
        paths.push(format!("/v1/contacts?cursor={}", escaped(&cursor)));
    }
    Ok(paths)
}

/// Changes a contact, and asks for what has changed since.
async fn changed(target: &Target, contact: &str) -> anyhow::Result<String> {
    let mut connection = Connection::open(target).await?;
    let path = format!("/v1/contacts/{contact}");
    let patch = br#"{"notes": "moved to the second floor"}"#;
    let request = target.send("PATCH", &path, "application/merge-patch+json", patch);
    let after: Value = connection.json(&request).await?;
    let at = after["updated_at"].as_str().unwrap_or_default();
    Ok(format!("/v1/contacts?updated_since={}", escaped(at)))
}

/// The keys of a telephone that spell the beginning of a word of plain letters.
fn keys(word: &str) -> Option<String> {
    let letters = word.bytes().map(|letter| letter.to_ascii_lowercase());
    let keys: String = letters
        .filter_map(|letter| match letter {
            b'a'..=b'c' => Some('2'),
            b'd'..=b'f' => Some('3'),
            b'g'..=b'i' => Some('4'),
            b'j'..=b'l' => Some('5'),
            b'm'..=b'o' => Some('6'),
            b'p'..=b's' => Some('7'),
            b't'..=b'v' => Some('8'),
            b'w'..=b'z' => Some('9'),
            _ => None,
        })
        .take(KEYS)
        .collect();
    (keys.len() == KEYS).then_some(keys)
}

/// As the value of a query parameter (RFC 3986, section 2.1).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        // Writing to a String cannot fail.
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                write!(out, "{}", char::from(byte))
            }
            _ => write!(out, "%{byte:02X}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_the_person() {
        let person = Person {
            given: "Zoë".into(),
            family: "Ashworth".into(),
            nickname: None,
            numbers: vec!["+4915112345678".into()],
            emails: Vec::new(),
            organization: None,
            plain: true,
        };
        let about = |query: Query| query.about(&person);
        let is = |query, path: &str| assert_eq!(about(query).as_deref(), Some(path));
        is(Query::TwoWords, "/v1/contacts?q=Zo%C3%AB%20Ashworth");
        is(Query::Infix, "/v1/contacts?q=234567");
        is(Query::Keys, "/v1/contacts?t9=27496");
        is(Query::Exact, "/v1/lookup?number=%2B4915112345678");
        is(Query::Suffix, "/v1/lookup?number=112345678");
        assert_eq!(about(Query::RareWord), None);
    }

    #[test]
    fn knows_an_answer_that_found_somebody() {
        assert!(found(br#"{"data":[{"id":"con_01"}]}"#));
        assert!(!found(br#"{"data":[],"next_cursor":null}"#));
    }
}
