use super::{
    Index,
    fold::{clip, fold, words},
    index::{MIN_DIGITS, class, keys, without_zeros},
};
use std::collections::HashSet;

/// So many digits in small groups are a number too, as in 01 42 68 53 00.
const MANY_DIGITS: usize = 5;

/// A query: each of its words must begin a term of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// As typed, each once.
    words: Vec<String>,
    /// The place of the word along whose entries the search goes.
    lead: usize,
    openings: Vec<String>,
    /// What the words are compared with, the better ones first.
    classes: &'static [char],
}

impl Search {
    /// `None` when there is nothing to look for in the text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<String> = match number(text) {
            Some(digits) => vec![digits],
            None => words(text)
                .iter()
                .map(|word| without_zeros(word).to_owned())
                .collect(),
        };
        let is_short = |word: &String| word.len() < MIN_DIGITS && is_number(word);
        // A digit or two are found in too many numbers to mean one.
        let classes: &[char] = if words.iter().all(is_short) {
            &[class::WORD, class::OTHER]
        } else {
            &[class::WORD, class::OTHER, class::DIGITS]
        };
        Self::of(words, classes)
    }

    /// A search by the keys of a telephone: 2 for a, b and c, and so on; 0, 1 and spaces end a word. `None` when
    /// there are other characters or no word.
    #[must_use]
    pub fn keyed(text: &str) -> Option<Self> {
        let ends = |c: char| c.is_whitespace() || matches!(c, '0' | '1');
        let words: Vec<String> = text
            .split(ends)
            .filter(|word| !word.is_empty())
            .map(|word| clip(word.chars()))
            .collect();
        let all_digits = words
            .iter()
            .all(|word| word.bytes().all(|b| b.is_ascii_digit()));
        if all_digits {
            Self::of(words, &[class::KEYED, class::OTHER_KEYED])
        } else {
            None
        }
    }

    fn of(mut words: Vec<String>, classes: &'static [char]) -> Option<Self> {
        let mut seen = HashSet::new();
        words.retain(|word| seen.insert(word.clone()));
        // The longest promises the fewest candidates.
        let (lead, _) = words
            .iter()
            .enumerate()
            .max_by_key(|(_, word)| (!is_number(word), word.chars().count()))?;
        let keyed = classes.contains(&class::KEYED);
        Some(Self {
            openings: if keyed { Vec::new() } else { openings(&words) },
            words,
            lead,
            classes,
        })
    }

    /// The same search along another one of its words, if it has so many.
    #[must_use]
    pub fn led_by(self, lead: usize) -> Self {
        let lead = if lead < self.words.len() {
            lead
        } else {
            self.lead
        };
        Self { lead, ..self }
    }

    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    #[must_use]
    pub fn lead(&self) -> &str {
        self.words.get(self.lead).map_or("", String::as_str)
    }

    #[must_use]
    pub const fn lead_place(&self) -> usize {
        self.lead
    }

    #[must_use]
    pub const fn classes(&self) -> &'static [char] {
        self.classes
    }

    /// How display names can begin that have all of several words side by side: as they were typed, with the first one
    /// last, or with the last one in front, as given and family names are put both ways round. The last may go on.
    #[must_use]
    pub fn openings(&self) -> &[String] {
        &self.openings
    }

    /// The first of the [openings](Self::openings) that this display name begins with.
    #[must_use]
    pub fn opening_of(&self, label: &str) -> Option<usize> {
        let mut openings = self.openings.iter();
        openings.position(|opening| label.starts_with(opening))
    }

    /// Is every word of the query a whole word of this display name?
    #[must_use]
    pub fn is_name(&self, label: &str) -> bool {
        self.is_in(label, |word, wanted| word == wanted)
    }

    /// Does every word of the query begin a word of this display name?
    #[must_use]
    pub fn begins_name(&self, label: &str) -> bool {
        self.is_in(label, |word, wanted| word.starts_with(wanted))
    }

    fn is_in(&self, label: &str, matches: impl Fn(&str, &str) -> bool) -> bool {
        let spelt = |word: &str, wanted: &String| {
            if self.is_keyed() {
                keys(word).is_some_and(|word| matches(&word, wanted))
            } else {
                matches(word, wanted)
            }
        };
        let mut wanted = self.words.iter();
        wanted.all(|wanted| label.split(' ').any(|word| spelt(word, wanted)))
    }

    /// Of a contact whose name begins with the query: is it listed under this term? A contact with several terms that
    /// match is listed under the first of them alone.
    #[must_use]
    pub fn lists_name(&self, label: &str, term: &str) -> bool {
        let words = label.split_whitespace();
        let spelt = words.filter_map(|word| {
            if self.is_keyed() {
                keys(word)
            } else {
                Some(word.to_owned())
            }
        });
        let first = spelt.filter(|word| word.starts_with(self.lead())).min();
        first.as_deref() == Some(term)
    }

    /// Of any contact: does it match, and is it listed under this term of this class?
    #[must_use]
    pub fn lists(&self, index: &Index, class: char, term: &str) -> bool {
        let first = self
            .classes
            .iter()
            .find_map(|class| Some((*class, index.first(*class, self.lead())?)));
        first == Some((class, term))
            && self.words.iter().all(|word| {
                self.classes
                    .iter()
                    .any(|class| index.first(*class, word).is_some())
            })
    }

    fn is_keyed(&self) -> bool {
        self.classes.contains(&class::KEYED)
    }
}

fn openings(words: &[String]) -> Vec<String> {
    let turned = |by: usize| {
        let mut words = words.to_vec();
        words.rotate_left(by);
        words.join(" ")
    };
    let mut openings = match words.len() {
        0 | 1 => Vec::new(),
        count => vec![turned(0), turned(1), turned(count - 1)],
    };
    openings.dedup();
    openings
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
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
        Search::parse(query).is_some_and(|search| places(&search, &index) == 1)
    }

    /// How many entries list the contact.
    fn places(search: &Search, index: &Index) -> usize {
        let listed = |term: &&String| {
            let (class, term) = term.split_at(1);
            search.lists(index, class.chars().next().unwrap(), term)
        };
        index.terms.iter().filter(listed).count()
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
        for query in ["67", "12", "30 12", "0301235", "bert 1234", "999"] {
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
        assert_eq!(places(&search, &index), 1);
        let (both, index) = (
            Search::parse("ann bo").unwrap(),
            Index::of(&contact("Bo Anna", "Ann Bock", "")),
        );
        assert_eq!(
            (0..2)
                .map(|lead| places(&both.clone().led_by(lead), &index))
                .sum::<usize>(),
            2
        );
        let by_name = |term: &str| search.lists_name(&index.label, term);
        assert!(by_name("anna") && !by_name("annabel"));
    }

    #[test]
    fn names_come_before_the_rest() {
        let search = Search::parse("bo ann").unwrap();
        assert!(search.begins_name("ann bock ") && search.begins_name("boris anna "));
        assert!(search.is_name("bo ann ") && !search.is_name("bo anna "));
        assert!(!search.begins_name("anna "));
    }

    #[test]
    fn names_begin_with_words_in_either_order() {
        let search = Search::parse("anna maria bo").unwrap();
        for (label, place) in [
            ("anna maria bock ", Some(0)),
            ("maria bo anna ", Some(1)),
            ("bo anna maria ", Some(2)),
            ("bock anna maria ", None),
            ("maria anna bo ", None),
            ("anna maria ", None),
        ] {
            assert_eq!(search.opening_of(label), place, "{label}");
        }
        assert!(Search::parse("anna").unwrap().openings().is_empty());
        assert_eq!(Search::parse("anna bo").unwrap().openings().len(), 2);
    }

    #[test]
    fn telephone_keys_spell_names() {
        let index = Index::of(&contact("Jörg Łuczak", "Acme", ""));
        for keyed in ["5", "5674", "582", "56 58", "58205", "2263"] {
            let search = Search::keyed(keyed).unwrap();
            assert_eq!(places(&search, &index), 1, "{keyed}");
        }
        for keyed in ["57", "56 2"] {
            let search = Search::keyed(keyed).unwrap();
            assert_eq!(
                places(&search, &index),
                usize::from(keyed == "56 2"),
                "{keyed}"
            );
        }
        assert!(Search::keyed("5a").is_none() && Search::keyed(" 01").is_none());
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
