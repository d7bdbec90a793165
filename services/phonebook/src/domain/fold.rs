//! Reduces text to what a search goes by: case, accents, Arabic marks and apostrophes are ignored.
//!
//! Every step works on single characters, so that the start of a text always folds to the start of the folded text.

use any_ascii::{any_ascii, any_ascii_char};
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// Longer words are cut; so are the words of a query, which therefore still match.
const MAX_WORD_CHARS: usize = 40;

/// Lower case without marks; letters of the Latin alphabets as ASCII (ß = ss, ł = l), digits of every script as ASCII.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase(); // what the rest comes to, and most texts
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            _ if is_ignored(c) => {}
            'ς' => folded.push('σ'),
            _ if is_latin(c) || (c.is_numeric() && !c.is_ascii()) => {
                let ascii = any_ascii_char(c).chars();
                folded.extend(
                    ascii
                        .filter(char::is_ascii_alphanumeric)
                        .map(|c| c.to_ascii_lowercase()),
                );
            }
            _ => folded.push(c),
        }
    }
    folded
}

/// Accents have a combining class; the vowel signs of Indic scripts, which are letters to their readers, have none.
fn is_ignored(c: char) -> bool {
    canonical_combining_class(c) != 0
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{feff}'               // soft hyphen, Arabic letter mark, byte order mark
            | '\u{640}'                                     // tatweel stretches Arabic words
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}')
}

fn is_latin(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}')
        && c.is_alphabetic()
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '`' | '′')
}

/// The words of a query; an apostrophe joins: O'Brien is one word.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    joined(&fold(text)).collect()
}

/// The words to find a text by: as a query would have them, also the parts of words with apostrophes, and all of that
/// transliterated too, so that `boris` finds Борис.
#[must_use]
pub fn searchable_words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut all = words_and_parts(&folded);
    if !text.is_ascii() {
        let composed: String = text.nfc().collect();
        let transliterated = fold(&any_ascii(&composed));
        if transliterated != folded {
            all.extend(words_and_parts(&transliterated));
        }
    }
    all
}

fn words_and_parts(folded: &str) -> Vec<String> {
    let mut all: Vec<String> = joined(folded).collect();
    if folded.contains(is_apostrophe) {
        all.extend(parts(folded));
    }
    all
}

fn joined(folded: &str) -> impl Iterator<Item = String> {
    chunks(folded)
        .map(|chunk| clip(chunk.chars().filter(|c| !is_apostrophe(*c))))
        .filter(|word| !word.is_empty())
}

fn parts(folded: &str) -> impl Iterator<Item = String> {
    chunks(folded)
        .flat_map(|chunk| chunk.split(is_apostrophe))
        .map(|part| clip(part.chars()))
        .filter(|word| !word.is_empty())
}

fn chunks(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c))
}

/// As much of a word as is kept.
pub fn clip(word: impl Iterator<Item = char>) -> String {
    word.take(MAX_WORD_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_case_and_marks_are_ignored() {
        for (text, folded) in [
            ("Jörg MÜLLER", "jorg muller"),
            ("Straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("Łódź", "lodz"),
            ("Søren Kierkegård", "soren kierkegard"),
            ("İstanbul ılık", "istanbul ilik"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("مُحَمَّد", "محمد"),
            ("محـــمد", "محمد"),
            ("Nguyễn", "nguyen"),
            ("ﬁ ２٣", "fi 23"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn words_are_split_joined_and_transliterated() {
        assert_eq!(words("Anne-Marie O’Brien"), ["anne", "marie", "obrien"]);
        let all = searchable_words("O'Brien Борис");
        for word in ["obrien", "o", "brien", "борис", "boris"] {
            assert!(all.iter().any(|w| w == word), "{word} in {all:?}");
        }
        assert!(searchable_words("深圳").contains(&"shenzhen".to_owned()));
        assert!(words("!!! -- …").is_empty());
    }

    proptest! {
        #[test]
        fn ascii_folds_as_anything_else(text in "[ -~]{0,40}") {
            let longer = fold(&format!("{text}ß"));
            prop_assert_eq!(fold(&text), longer.strip_suffix("ss").unwrap());
        }

        #[test]
        fn never_panics_and_folds_once(text in "\\PC{0,60}") {
            let all = searchable_words(&text);
            prop_assert!(all.iter().all(|word| !word.is_empty() && word.chars().count() <= MAX_WORD_CHARS));
            prop_assert!(all.iter().all(|word| word.chars().all(char::is_alphanumeric)));
        }
    }
}
