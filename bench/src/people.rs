//! A made-up population: names in nine scripts, numbers that can be dialled, e-mails, employers. The same seed gives the
//! same people on every machine.

mod cultures;
mod words;

use cultures::{CULTURES, Culture};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use words::{COMPANIES, FORMS, TITLES, TRADES, syllables};

/// Relatively prime to every power of ten, so that multiples of it repeat no last digits before all were there.
const STEP: u64 = 982_451_653;
/// One in so many has a nickname.
const NICKNAMED: u32 = 5;
/// Sets the people of neighbouring places apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub given: String,
    pub family: String,
    /// A word that nobody else has.
    pub nickname: Option<String>,
    /// One to three, as E.164 has them; the first one is nobody else's.
    pub numbers: Vec<String>,
    pub emails: Vec<String>,
    pub organization: Option<Employer>,
    /// Written in Latin letters without accents.
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employer {
    pub name: String,
    pub title: Option<&'static str>,
}

impl Person {
    /// The person at this place of the population.
    #[must_use]
    pub fn nth(seed: u64, n: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed ^ n.wrapping_mul(SPREAD));
        let culture = culture(&mut dice);
        let (given, family) = (culture.given(&mut dice), culture.family(&mut dice));
        let organization = dice.random_bool(0.6).then(|| employer(&mut dice));
        let handle = syllables(n);
        let emails = (0..dice.random_range(0..=2)).map(|which| email(&handle, which, &mut dice));
        Self {
            plain: given.is_ascii() && family.is_ascii(),
            emails: emails.collect(),
            nickname: dice
                .random_ratio(1, NICKNAMED)
                .then(|| capital(&syllables(n))),
            numbers: numbers(culture, seed, n, &mut dice),
            given,
            family,
            organization,
        }
    }

    /// As a contact to create.
    #[must_use]
    pub fn json(&self) -> Value {
        let kinds = ["mobile", "work", "home"];
        let phones = self.numbers.iter().zip(kinds);
        let mut contact = json!({
            "name": { "given": self.given, "family": self.family },
            "phones": phones.map(|(number, kind)| json!({ "number": number, "type": kind })).collect::<Vec<_>>(),
            "emails": self.emails.iter().map(|address| json!({ "address": address })).collect::<Vec<_>>(),
        });
        if let Some(nickname) = &self.nickname {
            contact["nickname"] = json!(nickname);
        }
        if let Some(Employer { name, title }) = &self.organization {
            contact["organization"] = json!({ "name": name, "title": title });
        }
        contact
    }

    /// As a vCard (RFC 2426). No name or word here has a character that would need an escape.
    #[must_use]
    pub fn vcard(&self, uid: &str) -> String {
        let Self { given, family, .. } = self;
        let mut lines = vec![
            "BEGIN:VCARD".to_owned(),
            "VERSION:3.0".to_owned(),
            format!("UID:{uid}"),
            format!("N:{family};{given};;;"),
            format!("FN:{given} {family}"),
        ];
        lines.extend(self.nickname.iter().map(|name| format!("NICKNAME:{name}")));
        let kinds = self.numbers.iter().zip(["CELL", "WORK", "HOME"]);
        lines.extend(kinds.map(|(number, kind)| format!("TEL;TYPE={kind}:{number}")));
        lines.extend(self.emails.iter().map(|address| format!("EMAIL:{address}")));
        if let Some(Employer { name, title }) = &self.organization {
            lines.push(format!("ORG:{name}"));
            lines.extend(title.map(|title| format!("TITLE:{title}")));
        }
        lines.push("END:VCARD\r\n".to_owned());
        lines.join("\r\n")
    }
}

/// The names that most people have.
pub fn frequent_names() -> impl Iterator<Item = String> {
    CULTURES.iter().map(Culture::most_frequent)
}

fn culture(dice: &mut StdRng) -> &'static Culture {
    let all: u32 = CULTURES.iter().map(|culture| culture.share).sum();
    let mut at = dice.random_range(0..all);
    let found = CULTURES.iter().find(|culture| {
        let here = at < culture.share;
        at = at.saturating_sub(culture.share);
        here
    });
    found.unwrap_or(&CULTURES[0])
}

fn numbers(culture: &Culture, seed: u64, n: u64, dice: &mut StdRng) -> Vec<String> {
    let own = n.wrapping_add(seed % 1000).wrapping_mul(STEP);
    let more = dice.random_range(0..=2);
    let others = (0..more).map(|_| dice.random::<u64>() >> 1);
    std::iter::once(own)
        .chain(others)
        .map(|digits| culture.number(digits))
        .collect()
}

fn email(handle: &str, which: u32, dice: &mut StdRng) -> String {
    let domain = one_of(COMPANIES, dice).to_lowercase();
    match which {
        0 => format!("{handle}@{domain}.example"),
        _ => format!("{handle}.{which}@{domain}.example"),
    }
}

fn employer(dice: &mut StdRng) -> Employer {
    let name = [
        one_of(COMPANIES, dice),
        one_of(TRADES, dice),
        one_of(FORMS, dice),
    ];
    Employer {
        name: name.join(" "),
        title: dice.random_bool(0.5).then(|| one_of(TITLES, dice)),
    }
}

fn one_of(words: &'static [&'static str], dice: &mut StdRng) -> &'static str {
    words[dice.random_range(0..words.len())]
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const MANY: u64 = 20_000;

    #[test]
    fn the_same_seed_gives_the_same_people() {
        assert_eq!(Person::nth(7, 123), Person::nth(7, 123));
        assert_ne!(Person::nth(7, 123), Person::nth(8, 123));
    }

    #[test]
    fn nobody_shares_a_first_number_or_a_nickname() {
        let people: Vec<_> = (0..MANY).map(|n| Person::nth(1, n)).collect();
        let first: HashSet<_> = people.iter().map(|person| &person.numbers[0]).collect();
        assert_eq!(first.len() as u64, MANY);
        let named: Vec<_> = people
            .iter()
            .filter_map(|person| person.nickname.as_ref())
            .collect();
        assert_eq!(named.iter().collect::<HashSet<_>>().len(), named.len());
        assert!((3_000..5_000).contains(&named.len()));
    }

    #[test]
    fn names_are_shared_by_many_and_differ_in_all() {
        let people: Vec<_> = (0..MANY).map(|n| Person::nth(1, n)).collect();
        for name in frequent_names() {
            let bearers = people.iter().filter(|person| person.given == name).count();
            assert!(bearers > 10, "{name}: {bearers}");
        }
        let families: HashSet<_> = people.iter().map(|person| &person.family).collect();
        assert!(families.len() > 1_000, "{}", families.len());
    }

    #[test]
    fn a_card_has_what_the_contact_has() {
        let person = Person::nth(1, 5);
        let (card, contact) = (person.vcard("u1"), person.json());
        assert!(card.starts_with("BEGIN:VCARD\r\n") && card.ends_with("\r\nEND:VCARD\r\n"));
        assert_eq!(card.matches("\r\nTEL;").count(), person.numbers.len());
        assert_eq!(
            contact["phones"].as_array().unwrap().len(),
            person.numbers.len()
        );
        assert!(card.contains(&format!("N:{};{};;;", person.family, person.given)));
    }
}
