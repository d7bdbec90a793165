use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest number with its country code, without the `+` (ITU-T E.164, section 6).
const MAX_DIGITS: usize = 15;

/// A number in its international form: `+` and up to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct E164(String);

/// A country whose numbering plan is known: where numbers without `+` are dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(rlibphonenumber::enums::Region);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    #[error("is no phone number")]
    Unreadable,
    #[error("begins with no known country code")]
    UnknownCountry,
    #[error("needs a country: begin it with + or give ?region=")]
    NoCountry,
    #[error("is too short or too long for a number of its country")]
    Impossible,
}

impl Region {
    /// ISO 3166-1 alpha-2, in capitals.
    #[must_use]
    pub fn code(self) -> String {
        self.0.to_string()
    }

    /// ISO 3166-1 alpha-2, in either case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let region = rlibphonenumber::enums::Region::from_code(code).ok()?;
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .is_some()
            .then_some(Self(region))
    }
}

impl E164 {
    /// Reads what somebody typed. A number passes when its length fits its country's plan: plans grow, so which
    /// ranges are in use today is no reason to refuse one.
    pub fn parse(typed: &str, region: Option<Region>) -> Result<Self, NotANumber> {
        use rlibphonenumber::ParseError;
        let number = PHONE_NUMBER_UTIL
            .parse(typed, region.map(|Region(region)| region))
            .map_err(|error| match error {
                ParseError::InvalidCountryCode if is_international(typed) => {
                    NotANumber::UnknownCountry
                }
                ParseError::InvalidCountryCode => NotANumber::NoCountry,
                ParseError::NotANumber(_) => NotANumber::Unreadable,
                _ => NotANumber::Impossible,
            })?;
        // Numbers that only work within their town have no international form.
        if !matches!(
            number.is_possible_with_reason(),
            Ok(NumberLengthType::IsPossible)
        ) {
            return Err(NotANumber::Impossible);
        }
        let text = number.to_string();
        if text.len() > 1 + MAX_DIGITS {
            return Err(NotANumber::Impossible);
        }
        Ok(Self(text))
    }

    /// Country code and number, without the `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// The digits to dial within the country, with its prefix for national calls.
    #[must_use]
    pub fn national_digits(&self) -> String {
        PHONE_NUMBER_UTIL
            .parse(&self.0, None)
            .map(|number| number.format_as(PhoneNumberFormat::National).into_owned())
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect()
    }
}

fn is_international(typed: &str) -> bool {
    typed.trim_start().starts_with(['+', '\u{ff0b}'])
}

impl fmt::Display for E164 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(typed: &str, region: Option<&str>) -> Result<String, NotANumber> {
        let region = region.map(|code| Region::parse(code).unwrap());
        E164::parse(typed, region).map(|number| number.to_string())
    }

    #[test]
    fn international_and_national_forms() {
        let berlin = Ok("+493012345678".to_owned());
        assert_eq!(read("+49 30 12345678", None), berlin);
        assert_eq!(read("+49 (0)30 / 123 456-78", None), berlin);
        assert_eq!(read("030 12345678", Some("DE")), berlin);
        assert_eq!(read("0049 30 12345678", Some("de")), berlin);
        assert_eq!(
            read("(202) 555-0173", Some("US")),
            Ok("+12025550173".to_owned())
        );
        assert_eq!(
            read("+1 202 555 0173", Some("DE")),
            Ok("+12025550173".to_owned())
        );
        assert_eq!(
            read("0800 330 1000", Some("DE")),
            Ok("+498003301000".to_owned())
        );
        assert_eq!(
            read("06 698 12345", Some("IT")),
            Ok("+390669812345".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_a_number_is_refused() {
        assert_eq!(read("hello", Some("DE")), Err(NotANumber::Unreadable));
        assert_eq!(read("+49 12", None), Err(NotANumber::Impossible));
        assert_eq!(read("+1 555", None), Err(NotANumber::Impossible));
        assert_eq!(read("030 12345678", None), Err(NotANumber::NoCountry));
        assert_eq!(
            read("+999 123456789", None),
            Err(NotANumber::UnknownCountry)
        );
        assert_eq!(
            read("+4930123456789012345", None),
            Err(NotANumber::Impossible)
        );
        assert!(read("", Some("DE")).is_err());
        assert!(Region::parse("XX").is_none() && Region::parse("Deutschland").is_none());
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_its_form(typed in "\\PC{0,60}|[-+()0-9 ./;ext=tel:]{0,40}") {
            for region in [None, Region::parse("DE"), Region::parse("US"), Region::parse("IT")] {
                if let Ok(number) = E164::parse(&typed, region) {
                    let digits = number.digits();
                    prop_assert!((3..=15).contains(&digits.len()));
                    prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()));
                }
            }
        }
    }
}
