use super::{E164, Fields, Phone, fold};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

// Together these keep a change of every entry, old ones out and new ones in, within one commit.
/// Most words that one contact is found by, names first.
const MAX_WORDS: usize = 140;
/// Most entries for numbers.
const MAX_NUMBERS: usize = 160;
/// Most words that can be typed on a telephone's keys.
const MAX_KEYED: usize = 40;
/// Most addresses by which the same person is known elsewhere.
const MAX_ADDRESSES: usize = 50;
/// Fewer digits do not count as a part of a number.
pub const MIN_DIGITS: usize = 3;
/// As many last digits tell a caller when nothing is known of the country.
pub const SUFFIX_DIGITS: usize = 7;
/// Ways to dial a number.
const DIALLED: usize = 6;
const MAX_NUMBER_DIGITS: usize = 20;
const MAX_LABEL_CHARS: usize = 60;
const MAX_ADDRESS_CHARS: usize = 120;

/// What an entry's first character says of the rest.
pub mod class {
    /// A folded word of the display name.
    pub const WORD: char = 'w';
    /// Any other folded word, or a part of one.
    pub const OTHER: char = 'o';
    /// The end of a number, from any digit on.
    pub const DIGITS: char = 'd';
    /// A word of the display name as the keys of a telephone spell it.
    pub const KEYED: char = 'k';
    /// Any other word as the keys of a telephone spell it.
    pub const OTHER_KEYED: char = 'q';
    /// All digits of a number.
    pub const NUMBER: char = 'n';
    /// An e-mail address in lower case.
    pub const ADDRESS: char = 'a';

    /// Those whose contacts are listed by display name.
    pub const BY_NAME: [char; 4] = [WORD, OTHER, KEYED, OTHER_KEYED];
}

/// What a contact is found and sorted by. Stored with it, so that its entries can be removed even by a version that
/// would make them differently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// The folded display name: the place in the list. A space follows each word, also the last, since it sorts before
    /// whatever could follow in a key: Anna comes before Anna Bella.
    pub label: String,
    /// Each begins with its [`class`]. Every word of the label is among them.
    pub terms: BTreeSet<String>,
    /// The day of the year that is the birthday, as `MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
}

impl Index {
    #[must_use]
    pub fn of(fields: &Fields) -> Self {
        let label = label(&fields.display());
        let names = names(fields, &label);
        let mut terms = BTreeSet::new();
        let mut add = |class: char, term: &str| terms.insert(format!("{class}{term}"));
        let named: HashSet<&str> = label.split_whitespace().collect();
        let of_name: HashSet<String> = named.iter().filter_map(|word| keys(word)).collect();
        for keyed in keyed(&names) {
            let class = if of_name.contains(&keyed) {
                class::KEYED
            } else {
                class::OTHER_KEYED
            };
            add(class, &keyed);
        }
        for word in words(names, fields) {
            let class = if named.contains(word.as_str()) {
                class::WORD
            } else {
                class::OTHER
            };
            add(class, &word);
        }
        for end in ends(&fields.phones) {
            add(class::DIGITS, &end);
        }
        for phone in &fields.phones {
            let digits = digits(phone);
            if !digits.is_empty() {
                add(class::NUMBER, &digits);
            }
        }
        for email in fields.emails.iter().take(MAX_ADDRESSES) {
            let address = address(&email.address);
            if !address.is_empty() {
                add(class::ADDRESS, &address);
            }
        }
        let birthday = fields.birthday.as_ref();
        Self {
            label,
            terms,
            birthday: birthday.map(|date| date.day_of_year().to_owned()),
        }
    }

    /// The first of the class's terms that starts like this, without its class.
    #[must_use]
    pub fn first(&self, class: char, start: &str) -> Option<&str> {
        let start = format!("{class}{start}");
        let term = self.terms.range(start.clone()..).next()?;
        term.starts_with(&start).then(|| &term[class.len_utf8()..])
    }
}

/// The words of a display name, as many whole ones as fit.
fn label(display: &str) -> String {
    let mut label = String::new();
    let mut chars = 0;
    for word in fold::words(display) {
        chars += word.chars().count() + 1;
        if chars > MAX_LABEL_CHARS {
            break;
        }
        label.push_str(&word);
        label.push(' ');
    }
    label
}

/// The words of what a contact is called, each once, the telling ones first.
fn names(fields: &Fields, label: &str) -> Vec<String> {
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
    let named = label.split_whitespace().map(str::to_owned);
    let more = texts.into_iter().flatten().flat_map(|text| parts(text));
    first_of(named.chain(more), MAX_WORDS)
}

/// What a contact is found by: what it is called, and the words of its e-mail addresses.
fn words(names: Vec<String>, fields: &Fields) -> Vec<String> {
    let emails = fields.emails.iter();
    let more = emails.flat_map(|email| parts(&email.address));
    first_of(names.into_iter().chain(more), MAX_WORDS)
}

fn parts(text: &str) -> impl Iterator<Item = String> {
    let words = fold::searchable_words(text).into_iter();
    words.flat_map(|word| {
        let bare = without_zeros(&word);
        let bare = (bare != word).then(|| bare.to_owned());
        bare.into_iter().chain(std::iter::once(word))
    })
}

/// The first texts that are not empty, each once.
fn first_of(texts: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let new = texts.filter(|text| !text.is_empty() && seen.insert(text.clone()));
    new.take(most).collect()
}

/// The words that the keys of a telephone can spell (ITU-T E.161). Nobody spells an e-mail address on them.
fn keyed(words: &[String]) -> Vec<String> {
    first_of(words.iter().filter_map(|word| keys(word)), MAX_KEYED)
}

/// A word in the digits of the keys that bear its letters; `None` when it has others than a to z and digits.
#[must_use]
pub fn keys(word: &str) -> Option<String> {
    word.chars()
        .map(|letter| match letter {
            'a'..='c' => Some('2'),
            'd'..='f' => Some('3'),
            'g'..='i' => Some('4'),
            'j'..='l' => Some('5'),
            'm'..='o' => Some('6'),
            'p'..='s' => Some('7'),
            't'..='v' => Some('8'),
            'w'..='z' => Some('9'),
            '0'..='9' => Some(letter),
            _ => None,
        })
        .collect()
}

/// Numbers' ends, so that a prefix of one of them is a part of a number: for every number those that people dial, and
/// all others as long as there is room.
fn ends(phones: &[Phone]) -> Vec<String> {
    let dialled: Vec<_> = phones.iter().map(dialled).collect();
    let by_rank = (0..DIALLED).flat_map(|rank| dialled.iter().filter_map(move |all| all.get(rank)));
    let parts = phones.iter().map(digits).flat_map(|digits| {
        let count = (digits.len() + 1).saturating_sub(MIN_DIGITS);
        (0..count).map(move |start| digits.get(start..).unwrap_or_default().to_owned())
    });
    first_of(by_rank.cloned().chain(parts), MAX_NUMBERS)
}

/// How people dial a number, the most telling way first; each way may be empty.
fn dialled(phone: &Phone) -> [String; DIALLED] {
    let whole = digits(phone);
    let national = phone.e164.as_ref().map(E164::national_digits);
    let national = national.unwrap_or_else(|| whole.clone());
    let last = whole.len().saturating_sub(SUFFIX_DIGITS);
    let last = whole.get(last..).unwrap_or_default().to_owned();
    let bare = |digits: &str| without_zeros(digits).to_owned();
    [
        bare(&whole),
        last.clone(),
        bare(&national),
        bare(&last),
        national,
        whole,
    ]
}

/// All digits of a number, with the country's code where it is known.
#[must_use]
pub fn digits(phone: &Phone) -> String {
    match &phone.e164 {
        Some(number) => number.digits().to_owned(),
        None => typed_digits(&phone.number),
    }
}

/// The digits of what was typed, in any script.
#[must_use]
pub fn typed_digits(number: &str) -> String {
    fold::fold(number)
        .chars()
        .filter(char::is_ascii_digit)
        .take(MAX_NUMBER_DIGITS)
        .collect()
}

/// An e-mail address as it is compared: mail servers that tell case apart in it are of the past.
#[must_use]
pub fn address(text: &str) -> String {
    let lower = text.trim().chars().flat_map(char::to_lowercase);
    let plain = lower.map(|c| if c == '/' { '\u{2215}' } else { c });
    plain
        .filter(|c| !c.is_control())
        .take(MAX_ADDRESS_CHARS)
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
    use crate::domain::{Email, Name};
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
            "wjorg",
            "wluczak",
            "oexample",
            "k582925",
            "d49301234567",
            "d301234567",
            "d567",
            "n49301234567",
            "aj.luczak@example.com",
        ] {
            assert!(index.terms.contains(term), "{term} in {:?}", index.terms);
        }
    }

    #[test]
    fn the_fiftieth_number_is_found_like_the_first() {
        let number = |place: usize| format!("+49 30 {}", 70_000_000 + place * 1_234_577);
        let phones = (0..50).map(|place| phone(&number(place))).collect();
        let index = Index::of(&Fields {
            phones,
            ..Fields::default()
        });
        for place in 0..50 {
            let digits = number(place).replace(['+', ' '], "");
            let last = &digits[digits.len() - SUFFIX_DIGITS..];
            for typed in [&digits, &digits[2..], last, without_zeros(last)] {
                assert!(
                    index.first(class::DIGITS, typed).is_some(),
                    "{place}: {typed}"
                );
            }
        }
    }

    #[test]
    fn a_name_can_be_keyed_whatever_else_there_is() {
        let address = |place: usize| Email {
            address: format!("a{place}b.c{place}d@aa{place}.example"),
            kind: None,
            primary: None,
        };
        let index = Index::of(&Fields {
            name: Name {
                given: Some("Zo\u{eb}".into()),
                ..Name::default()
            },
            emails: (0..50).map(address).collect(),
            ..Fields::default()
        });
        assert_eq!(index.first(class::KEYED, "963"), Some("963"));
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
            prop_assert!(index.terms.len() <= 450);
            prop_assert!(index.terms.iter().all(|term| term.len() > 1));
            for word in index.label.split_whitespace() {
                prop_assert_eq!(index.first(class::WORD, word), Some(word));
            }
            prop_assert!(index.terms.iter().all(|term| !term.contains('/') && term.len() <= 500));
        }
    }
}
