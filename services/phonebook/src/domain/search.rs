use super::{
    Index,
    fold::{clip, fold, words},
    index::{MIN_DIGITS, without_zeros},
};
use std::{collections::BTreeSet, ops::Bound};

/// So many digits in small groups are a number too, as in 01 42 68 53 00.
const MANY_DIGITS: usize = 5;

/// A query: each of its words must begin a term of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The word that promises the fewest candidates.
    lead: String,
    others: Vec<String>,
}

impl Search {
    /// `None` when there is nothing to look for in the text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all: Vec<String> = match number(text) {
            Some(digits) => vec![digits],
            None => words(text)
                .iter()
                .map(|word| without_zeros(word).to_owned())
                .collect(),
        };
        all.sort();
        all.dedup();
        let is_number = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
        let (lead, _) = all
            .iter()
            .enumerate()
            .max_by_key(|(_, word)| (!is_number(word), word.chars().count()))?;
        Some(Self {
            lead: all.remove(lead),
            others: all,
        })
    }

    #[must_use]
    pub fn lead(&self) -> &str {
        &self.lead
    }

    /// Is this entry the one under which the contact is to be listed? A contact with several terms that match is
    /// listed under the first of them alone.
    #[must_use]
    pub fn lists(&self, index: &Index, term: &str) -> bool {
        first_with(&index.terms, &self.lead) == Some(term)
            && self
                .others
                .iter()
                .all(|word| first_with(&index.terms, word).is_some())
    }
}

fn first_with<'a>(terms: &'a BTreeSet<String>, prefix: &str) -> Option<&'a str> {
    terms
        .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .next()
        .map(String::as_str)
        .filter(|term| term.starts_with(prefix))
}

/// The digits of a text that can only be a part of a phone number.
fn number(text: &str) -> Option<String> {
    let mut folded = fold(text).trim().to_owned();
    let international = folded.starts_with('+');
    if international {
        // The zero of +49 (0)30 is not dialled from abroad.
        folded = folded.replace("(0)", "");
    }
    if !folded
        .chars()
        .all(|c| c.is_ascii_digit() || is_punctuation(c))
    {
        return None;
    }
    let together = folded
        .split(is_punctuation)
        .any(|group| group.len() >= MIN_DIGITS);
    let digits = clip(folded.chars().filter(char::is_ascii_digit));
    let enough = if international || together {
        MIN_DIGITS
    } else {
        MANY_DIGITS
    };
    (digits.len() >= enough).then(|| without_zeros(&digits).to_owned())
}

fn is_punctuation(c: char) -> bool {
    c.is_whitespace() || "+-./()‐‑–".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{E164, Fields, Name, Organization, Phone};
    use proptest::prelude::*;

    fn finds(query: &str, fields: &Fields) -> bool {
        let index = Index::of(fields);
        Search::parse(query)
            .is_some_and(|search| index.terms.iter().any(|term| search.lists(&index, term)))
    }

    fn contact(given: &str, organization: &str, number: &str) -> Fields {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let phone = |number: String| Phone {
            e164: E164::parse(&number, None).ok(),
            number,
            kind: None,
            label: None,
            primary: None,
        };
        Fields {
            name: Name {
                given: some(given),
                ..Name::default()
            },
            organization: Organization {
                name: some(organization),
                ..Organization::default()
            },
            phones: some(number).map(phone).into_iter().collect(),
            ..Fields::default()
        }
    }

    #[test]
    fn every_word_must_match_and_order_is_free() {
        let jorg = contact("Jörg Łuczak", "Straßenbau GmbH", "");
        for query in [
            "jörg",
            "JORG",
            "łucz",
            "lucz",
            "strasse",
            "Straß",
            "gm jo",
            " jorg  luczak ",
        ] {
            assert!(finds(query, &jorg), "{query}");
        }
        for query in ["org", "jörg x", "uczak", "jorgl"] {
            assert!(!finds(query, &jorg), "{query}");
        }
        assert_eq!(Search::parse(" !? "), None);
    }

    #[test]
    fn digits_match_numbers_however_they_are_dialled() {
        let anna = contact("Anna", "", "+49 30 1234567");
        for query in [
            "+49 30 12",
            "+49 (0)30 1234",
            "0049301234567",
            "030 1234567",
            "030/1234",
            "567",
            "4567",
            "anna 1234",
            "12 34 56 7",
            "anna 030",
            "٣٠١٢٣",
        ] {
            assert!(finds(query, &anna), "{query}");
        }
        for query in ["67", "0301235", "bert 1234", "999"] {
            assert!(!finds(query, &anna), "{query}");
        }
        assert!(finds("110", &contact("Police", "", "110")));
        assert!(finds("0815", &contact("", "Agentur 0815", "")));
        assert!(finds("24/7", &contact("", "24/7 Fitness", "")));
    }

    #[test]
    fn a_contact_is_listed_once() {
        let index = Index::of(&contact("Anna Annabel", "Annas Anna", ""));
        let search = Search::parse("ann").unwrap();
        assert_eq!(
            index
                .terms
                .iter()
                .filter(|term| search.lists(&index, term))
                .count(),
            1
        );
    }

    proptest! {
        #[test]
        fn never_panics(query in "\\PC{0,60}") {
            let _ = Search::parse(&query);
        }

        #[test]
        fn every_start_of_a_word_finds_it(word in "[\\p{L}\\p{M}\\p{Nd}'’]{1,50}", length in 1..50usize) {
            let fields = contact(&word, "", "");
            let typed: String = word.chars().take(length).collect();
            prop_assume!(Search::parse(&typed).is_some());
            prop_assert!(finds(&typed, &fields), "{:?} in {:?}", Search::parse(&typed), Index::of(&fields).terms);
        }

        #[test]
        fn any_part_of_a_number_finds_it(digits in "[1-9][0-9]{7,9}", start in 0..6usize, length in 3..10usize) {
            let part: String = digits.chars().skip(start).take(length).collect();
            prop_assume!(part.len() >= 3);
            let international = format!("+4930{digits}");
            prop_assert!(finds(&part, &contact("", "", &international)));
            prop_assert!(finds(&part, &contact("", "", &digits)));
        }
    }
}
