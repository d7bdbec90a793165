use super::{Fields, Phone, fold};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most words that one contact is found by, names first. With [`MAX_NUMBERS`] it keeps a change of every entry, old ones
/// out and new ones in, well within one commit.
const MAX_WORDS: usize = 200;
/// Most entries for numbers.
const MAX_NUMBERS: usize = 240;
/// So many numbers of a contact can be found by any three consecutive digits, the others by how they begin.
const FULLY_INDEXED_NUMBERS: usize = 10;
/// Fewer digits do not count as a part of a number.
pub const MIN_DIGITS: usize = 3;
const MAX_NUMBER_DIGITS: usize = 20;
const MAX_LABEL_CHARS: usize = 60;

/// What a contact is found and sorted by. Stored with it, so that its entries can be removed even by a version that
/// would make them differently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// The folded display name: the place in the list. A space follows each word, also the last, since it sorts before
    /// whatever could follow in a key: Anna comes before Anna Bella.
    pub label: String,
    /// A query's word matches when one of these starts with it.
    pub terms: BTreeSet<String>,
}

impl Index {
    #[must_use]
    pub fn of(fields: &Fields) -> Self {
        let label: String = fold::words(&fields.display())
            .into_iter()
            .flat_map(|word| [word, " ".to_owned()])
            .collect();
        let mut terms = words(fields);
        terms.extend(numbers(&fields.phones));
        Self {
            label: label.chars().take(MAX_LABEL_CHARS).collect(),
            terms,
        }
    }
}

fn words(fields: &Fields) -> BTreeSet<String> {
    let Fields {
        name,
        nickname,
        organization,
        ..
    } = fields;
    let texts = [
        &name.given,
        &name.family,
        &name.display,
        &name.middle,
        nickname,
        &organization.name,
        &organization.department,
        &name.prefix,
        &name.suffix,
    ];
    let texts = texts
        .into_iter()
        .flatten()
        .chain(fields.emails.iter().map(|email| &email.address));
    let mut words = BTreeSet::new();
    for word in texts.flat_map(|text| fold::searchable_words(text)) {
        let bare = without_zeros(&word).to_owned();
        words.extend([word, bare]);
        if words.len() >= MAX_WORDS {
            break;
        }
    }
    words
}

/// Each number's ends, so that a prefix of one of them is any part of the number.
fn numbers(phones: &[Phone]) -> BTreeSet<String> {
    let mut entries = BTreeSet::new();
    for (place, phone) in phones.iter().enumerate() {
        let digits = digits(phone);
        let ends = if place < FULLY_INDEXED_NUMBERS {
            (digits.len() + 1).saturating_sub(MIN_DIGITS).max(1)
        } else {
            1
        };
        entries.extend((0..ends).map(|start| digits[start..].to_owned()));
        entries.insert(without_zeros(&digits).to_owned());
        if let Some(number) = &phone.e164 {
            entries.insert(number.national_digits());
            entries.insert(without_zeros(&number.national_digits()).to_owned());
        }
        if entries.len() >= MAX_NUMBERS - (MAX_NUMBER_DIGITS + 3) {
            break;
        }
    }
    entries.remove("");
    entries
}

fn digits(phone: &Phone) -> String {
    match &phone.e164 {
        Some(number) => number.digits().to_owned(),
        None => typed_digits(phone),
    }
}

fn typed_digits(phone: &Phone) -> String {
    fold::fold(&phone.number)
        .chars()
        .filter(char::is_ascii_digit)
        .take(MAX_NUMBER_DIGITS)
        .collect()
}

/// A number's digits without the zeros in front, which stand for "national" or "international" when dialling: what is
/// left is a part of its E.164 form. Words that are no number, and what would get too short, stay as they are.
#[must_use]
pub fn without_zeros(word: &str) -> &str {
    let bare = word.trim_start_matches('0');
    if bare.len() >= MIN_DIGITS && bare.bytes().all(|b| b.is_ascii_digit()) {
        bare
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{E164, Email, Name};
    use proptest::prelude::*;

    fn phone(number: &str) -> Phone {
        Phone {
            number: number.to_owned(),
            e164: E164::parse(number, None).ok(),
            kind: None,
            label: None,
            primary: None,
        }
    }

    #[test]
    fn names_sort_and_everything_finds() {
        let fields = Fields {
            name: Name {
                given: Some("Jörg".into()),
                family: Some("Łuczak".into()),
                ..Name::default()
            },
            emails: vec![Email {
                address: "j.luczak@example.com".into(),
                kind: None,
                primary: None,
            }],
            phones: vec![phone("+49 30 1234567")],
            ..Fields::default()
        };
        let index = Index::of(&fields);
        assert_eq!(index.label, "jorg luczak ");
        for term in [
            "jorg",
            "luczak",
            "example",
            "49301234567",
            "301234567",
            "567",
        ] {
            assert!(index.terms.contains(term), "{term} in {:?}", index.terms);
        }
    }

    proptest! {
        #[test]
        fn a_contact_has_a_bounded_number_of_terms(
            numbers in proptest::collection::vec("[0-9+]{1,30}", 0..50),
            words in proptest::collection::vec("[a-z0-9а-я' @.]{1,60}", 0..50),
        ) {
            let fields = Fields {
                phones: numbers.iter().map(|number| phone(number)).collect(),
                emails: words.iter().map(|word| Email { address: word.clone(), kind: None, primary: None }).collect(),
                ..Fields::default()
            };
            let index = Index::of(&fields);
            prop_assert!(index.terms.len() <= MAX_WORDS + 1 + MAX_NUMBERS);
            prop_assert!(!index.terms.contains(""));
            prop_assert!(index.terms.iter().all(|term| !term.contains('/') && term.len() <= 200));
        }
    }
}
