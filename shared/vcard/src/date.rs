//! Days whose year may be unknown, in the forms of all versions.

use crate::{
    draft::{Content, Draft},
    property::Property,
    version::Version,
};
use std::fmt;

/// The year that Apple writes where there is none: a leap year.
const NO_YEAR: u16 = 1604;
const OMIT_YEAR: &str = "X-APPLE-OMIT-YEAR";

/// A day of the Gregorian calendar. It is shown as `1815-12-10` or `--12-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    year: Option<u16>,
    month: u8,
    day: u8,
}

impl Date {
    /// `None` for what is no whole day, such as a year alone, and for texts.
    pub fn read(property: &Property<'_>) -> Option<Self> {
        let foreign = |calendar: &str| !calendar.eq_ignore_ascii_case("gregorian");
        if property.parameter("CALSCALE").any(foreign) {
            return None;
        }
        let mut date = Self::parse(property.text().trim())?;
        let mut omitted = property.parameter(OMIT_YEAR);
        if omitted.any(|year| year.parse().ok() == date.year) {
            date.year = None;
        }
        Some(date)
    }

    /// Basic or extended; a time of day is passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.split(['T', 't', ' ']).next()?;
        let (year, rest) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => {
                let (year, rest) = text.split_at_checked(4)?;
                let rest = rest.strip_prefix('-').unwrap_or(rest);
                (Some(number(year)?), rest)
            }
        };
        let (month, rest) = rest.split_at_checked(2)?;
        let day = rest.strip_prefix('-').unwrap_or(rest);
        if day.len() != 2 {
            return None;
        }
        let date = Self {
            year,
            month: u8::try_from(number(month)?).ok()?,
            day: u8::try_from(number(day)?).ok()?,
        };
        date.is_real().then_some(date)
    }

    fn is_real(self) -> bool {
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if self.year.is_none_or(is_leap) => 29,
            2 => 28,
            _ => 0,
        };
        self.year != Some(0) && (1..=days).contains(&self.day)
    }

    /// Makes it the draft's value.
    pub fn write(self, draft: &mut Draft, version: Version) {
        for name in ["VALUE", "CALSCALE", OMIT_YEAR] {
            draft.remove_parameter(name);
        }
        let (month, day) = (self.month, self.day);
        draft.value = Content::Escaped(match (version, self.year) {
            (Version::V4_0, Some(year)) => format!("{year:04}{month:02}{day:02}"),
            (Version::V4_0, None) => format!("--{month:02}{day:02}"),
            (_, Some(year)) => format!("{year:04}-{month:02}-{day:02}"),
            (_, None) => {
                draft.set_parameter(OMIT_YEAR, NO_YEAR.to_string());
                format!("{NO_YEAR}-{month:02}-{day:02}")
            }
        });
    }
}

fn number(digits: &str) -> Option<u16> {
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| all)
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (month, day) = (self.month, self.day);
        match self.year {
            Some(year) => write!(out, "{year:04}-{month:02}-{day:02}"),
            None => write!(out, "--{month:02}-{day:02}"),
        }
    }
}
