use super::{Fields, Phone, fold};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

// Together these keep a change of every entry, old ones out and new ones in, within one commit.
/// Most words that one contact is found by, names first.
const MAX_WORDS: usize = 140;
/// Most entries for numbers.
const MAX_NUMBERS: usize = 160;
/// Most words that can be typed on a telephone's keys.
const MAX_KEYED: usize = 40;
/// Most addresses by which the same person is known elsewhere.
const MAX_ADDRESSES: usize = 50;
/// So many numbers of a contact can be found by any three consecutive digits, the others by their whole and their end.
const FULLY_INDEXED_NUMBERS: usize = 8;
/// Fewer digits do not count as a part of a number.
pub const MIN_DIGITS: usize = 3;
/// As many last digits tell a caller when nothing is known of the country.
pub const SUFFIX_DIGITS: usize = 7;
const MAX_NUMBER_DIGITS: usize = 20;
const MAX_LABEL_CHARS: usize = 60;
const MAX_ADDRESS_CHARS: usize = 120;

/// What an entry's first character says of the rest.
pub mod class {
    /// A folded word, or a part of one.
    pub const WORD: char = 'w';
    /// The end of a number, from any digit on.
    pub const DIGITS: char = 'd';
    /// A word as the keys of a telephone spell it.
    pub const KEYED: char = 'k';
    /// All digits of a number.
    pub const NUMBER: char = 'n';
    /// An e-mail address in lower case.
    pub const ADDRESS: char = 'a';
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
        let words = words(fields, &label);
        let mut terms = BTreeSet::new();
        let mut add = |class: char, term: &str| terms.insert(format!("{class}{term}"));
        for keyed in keyed(&words) {
            add(class::KEYED, &keyed);
        }
        for word in &words {
            add(class::WORD, word);
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

fn words(fields: &Fields, label: &str) -> BTreeSet<String> {
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
    let mut words: BTreeSet<String> = label.split_whitespace().map(str::to_owned).collect();
    for word in texts.flat_map(|text| fold::searchable_words(text)) {
        if words.len() + 2 > MAX_WORDS {
            break;
        }
        let bare = without_zeros(&word).to_owned();
        words.extend([word, bare]);
    }
    words
}

/// The words that the keys of a telephone can spell (ITU-T E.161).
fn keyed(words: &BTreeSet<String>) -> BTreeSet<String> {
    let spelt = words.iter().filter_map(|word| keys(word));
    spelt.take(MAX_KEYED).collect()
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

/// Each number's ends, so that a prefix of one of them is any part of the number.
fn ends(phones: &[Phone]) -> BTreeSet<String> {
    let mut ends = BTreeSet::new();
    for (place, phone) in phones.iter().enumerate() {
        let digits = digits(phone);
        let last = digits.len().saturating_sub(SUFFIX_DIGITS);
        ends.extend([digits.clone(), digits[last..].to_owned()]);
        ends.insert(without_zeros(&digits).to_owned());
        if let Some(number) = &phone.e164 {
            let national = number.national_digits();
            ends.insert(without_zeros(&national).to_owned());
            ends.insert(national);
        }
        if place < FULLY_INDEXED_NUMBERS && ends.len() + MAX_NUMBER_DIGITS < MAX_NUMBERS {
            let count = (digits.len() + 1).saturating_sub(MIN_DIGITS);
            ends.extend((0..count).map(|start| digits[start..].to_owned()));
        }
        if ends.len() + 5 > MAX_NUMBERS {
            break;
        }
    }
    ends.remove("");
    ends
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
            "wjorg",
            "wluczak",
            "wexample",
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
