use serde::{Deserialize, Serialize};
use std::fmt;

/// A date whose year may be unknown, as birthdays often are: `YYYY-MM-DD` or `--MM-DD` (RFC 6350, section 4.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate(String);

#[derive(Debug, thiserror::Error)]
#[error("must be a date such as 1815-12-10, or --12-10 when the year is unknown")]
pub struct NotADate;

impl PartialDate {
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        let (year, rest) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => {
                let (year, rest) = text.split_once('-').ok_or(NotADate)?;
                (Some(number(year, 4)?), rest)
            }
        };
        let (month, day) = rest.split_once('-').ok_or(NotADate)?;
        let (month, day) = (number(month, 2)?, number(day, 2)?);
        if year == Some(0) || !(1..=days_in(month, year)).contains(&day) {
            return Err(NotADate);
        }
        Ok(Self(text.to_owned()))
    }
}

impl PartialDate {
    #[must_use]
    pub fn year(&self) -> Option<u32> {
        self.0.split_once('-')?.0.parse().ok()
    }

    /// `MM-DD`
    #[must_use]
    pub fn day_of_year(&self) -> &str {
        let start = self.0.len().saturating_sub("MM-DD".len());
        self.0.get(start..).unwrap_or_default()
    }
}

fn number(digits: &str, count: usize) -> Result<u32, NotADate> {
    if digits.len() == count && digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().map_err(|_| NotADate)
    } else {
        Err(NotADate)
    }
}

/// An unknown year may have been a leap year; an unknown month has no days.
const fn days_in(month: u32, year: Option<u32>) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => match year {
            Some(year) if year % 4 != 0 || (year % 100 == 0 && year % 400 != 0) => 28,
            _ => 29,
        },
        _ => 0,
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = NotADate;
    fn try_from(text: String) -> Result<Self, NotADate> {
        Self::parse(&text)
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.0
    }
}

#[cfg(test)]
mod tests {
    use super::PartialDate;
    use proptest::prelude::*;

    #[test]
    fn real_days_only() {
        for good in ["1815-12-10", "--02-29", "2000-02-29", "2024-02-29"] {
            assert!(PartialDate::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "1900-02-29",
            "2023-02-29",
            "--02-30",
            "--13-01",
            "--00-10",
            "1815-12-00",
            "0000-01-01",
            "1815-1-1",
            "10.12.1815",
            "1815-12-10T00:00:00Z",
            "",
            "--",
        ] {
            assert!(PartialDate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_year_may_be_unknown() {
        let date = |text| PartialDate::parse(text).unwrap();
        let (known, unknown) = (date("1815-12-10"), date("--12-10"));
        assert_eq!((known.year(), unknown.year()), (Some(1815), None));
        assert_eq!(
            (known.day_of_year(), unknown.day_of_year()),
            ("12-10", "12-10")
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-0-9é]{0,12}") {
            let _ = PartialDate::parse(&text);
        }
    }
}
