use super::text;
use crate::domain::{E164, Phone, fold::fold};
use rlibphonenumber::PHONE_NUMBER_UTIL;

/// Longer ones are no numbers; E.164 ends at 15 digits.
const MAX_DIALLED: usize = 32;
const MAX_LABEL_CHARS: usize = 24;
const MAX_EXTENSION_DIGITS: usize = 7;

/// A number as a phone can dial it.
///
/// No vendor describes a pause for numbers that come from a directory (Yealink's SIP-T2/T4/T5 Administrator's Guide, for
/// one, allows digits, `*`, `#` and `+`), and a comma that goes out as a part of the number fails the call. So an
/// extension is shown, for the caller to key in, and not dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Digits, `*` and `#`, perhaps after a `+`.
    pub dial: String,
    pub kind: Option<String>,
    /// What tells it from the contact's other numbers; may be empty.
    pub label: String,
}

impl Number {
    /// `None` when there is nothing to dial.
    pub fn of(phone: &Phone) -> Option<Self> {
        let dial = match &phone.e164 {
            Some(number) => number.to_string(),
            None => typed(&phone.number),
        };
        let extension = phone
            .e164
            .as_ref()
            .and_then(|number| extension(&phone.number, number));
        let is_number = dial.bytes().any(|b| b.is_ascii_digit());
        (is_number && dial.len() <= MAX_DIALLED).then(|| Self {
            dial,
            kind: phone.kind.clone(),
            label: label(phone, extension.as_deref()),
        })
    }
}

/// What of an unreadable number can be dialled: what stands in front of the first letter or pause.
fn typed(number: &str) -> String {
    let folded = fold(number);
    let mut dial = String::new();
    for c in folded
        .trim_start_matches(|c: char| !is_dialled(c) && c != '+')
        .chars()
    {
        match c {
            '+' if dial.is_empty() => dial.push(c),
            c if is_dialled(c) => dial.push(c),
            c if c.is_alphabetic() || ",;".contains(c) => break,
            _ => {}
        }
    }
    dial
}

const fn is_dialled(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '*' | '#')
}

fn label(phone: &Phone, extension: Option<&str>) -> String {
    let name = match &phone.label {
        Some(label) => label.clone(),
        None => capitalised(phone.kind.as_deref().unwrap_or_default()),
    };
    let name = text::line(&name, MAX_LABEL_CHARS);
    match extension {
        Some(digits) if name.is_empty() => format!("ext. {digits}"),
        Some(digits) => format!("{name}, ext. {digits}"),
        None => name,
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// The extension that was typed with the number, in any of the ways that people write one.
fn extension(typed: &str, number: &E164) -> Option<String> {
    // Reading is slow, and few numbers have one.
    if !typed
        .chars()
        .any(|c| c.is_alphabetic() || ",;#".contains(c))
    {
        return None;
    }
    let region = PHONE_NUMBER_UTIL
        .parse(number.to_string(), None)
        .ok()?
        .get_region_code();
    let read = PHONE_NUMBER_UTIL.parse(typed, region).ok()?;
    let digits = read.extension();
    (!digits.is_empty() && digits.len() <= MAX_EXTENSION_DIGITS).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Region;
    use proptest::prelude::*;

    fn phone(number: &str, kind: Option<&str>, label: Option<&str>) -> Phone {
        Phone {
            number: number.into(),
            e164: E164::parse(number, Region::parse("DE")).ok(),
            kind: kind.map(str::to_owned),
            label: label.map(str::to_owned),
            primary: None,
        }
    }

    fn dialled(number: &str) -> Option<String> {
        Number::of(&phone(number, None, None)).map(|number| number.dial)
    }

    #[test]
    fn only_what_can_be_dialled_is_left() {
        for (typed, dial) in [
            ("030 / 1234567", Some("+49301234567")),
            ("+49 30 1234567 ext. 12", Some("+49301234567")),
            ("*21#", Some("*21#")),
            ("Tel. 12", Some("12")),
            ("12 (Büro 3)", Some("12")),
            ("12,,34", Some("12")),
            ("٣٠", Some("30")),
            ("hello", None),
            ("+", None),
            ("#*", None),
        ] {
            assert_eq!(dialled(typed).as_deref(), dial, "{typed}");
        }
    }

    #[test]
    fn a_label_says_which_number_it_is() {
        let shown = |kind, label, number| Number::of(&phone(number, kind, label)).unwrap().label;
        assert_eq!(shown(None, None, "12"), "");
        assert_eq!(shown(Some("mobile"), None, "12"), "Mobile");
        assert_eq!(shown(Some("work"), Some("Front\ndesk"), "12"), "Front desk");
        let international = "+49 30 1234567 ext. 12";
        assert_eq!(shown(Some("work"), None, international), "Work, ext. 12");
        assert_eq!(shown(None, None, "030 1234567 x12"), "ext. 12");
    }

    proptest! {
        #[test]
        fn whatever_was_typed(typed in "\\PC{0,60}|[-+()0-9 ./;,#*ext=tel:]{0,40}", label in "\\PC{0,60}") {
            if let Some(number) = Number::of(&phone(&typed, None, Some(&label))) {
                let digits = number.dial.strip_prefix('+').unwrap_or(&number.dial);
                prop_assert!(digits.chars().all(is_dialled) && digits.chars().any(|c| c.is_ascii_digit()));
            }
        }
    }
}
