//! Days as address books write them, to `YYYY-MM-DD` or `--MM-DD` (RFC 6350, section 4.3.1).

/// What `5/4/1980` means: the fourth of May, or the fifth of April.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// Only dates that can be read in one way are taken.
    #[default]
    Unknown,
    MonthFirst,
    DayFirst,
}

pub(crate) const NO_DATE: &str =
    "is no date such as 1980-12-31, or --12-31 when the year is unknown";
pub(crate) const NO_CENTURY: &str = "has a year of fewer than four digits";
pub(crate) const AMBIGUOUS: &str = "could be one day or another: which number is the month?";

/// `None` is what Outlook writes for no date: `0/0/00`.
pub(crate) fn read(text: &str, order: DateOrder) -> Result<Option<String>, &'static str> {
    if let Some(rest) = text.strip_prefix("--") {
        let [month, day] = numbers(rest, '-').ok_or(NO_DATE)?;
        return partial(month.0, day.0).map(Some).ok_or(NO_DATE);
    }
    let separator = text.chars().find(|c| !c.is_ascii_digit()).ok_or(NO_DATE)?;
    if !matches!(separator, '-' | '/' | '.') {
        return Err(NO_DATE);
    }
    let [first, second, third] = numbers(text, separator).ok_or(NO_DATE)?;
    if first.0 == 0 && second.0 == 0 && third.0 == 0 {
        return Ok(None);
    }
    if first.1 == 4 {
        return whole(first.0, second.0, third.0).map(Some).ok_or(NO_DATE);
    }
    if third.1 != 4 {
        return Err(NO_CENTURY);
    }
    // Dots are only ever written between day, month and year.
    let order = if separator == '.' {
        DateOrder::DayFirst
    } else {
        order
    };
    ordered(first.0, second.0, third.0, order).map(Some)
}

fn ordered(first: u32, second: u32, year: u32, order: DateOrder) -> Result<String, &'static str> {
    let month_first = whole(year, first, second);
    let day_first = whole(year, second, first);
    match order {
        DateOrder::MonthFirst => month_first.ok_or(NO_DATE),
        DateOrder::DayFirst => day_first.ok_or(NO_DATE),
        DateOrder::Unknown => match (month_first, day_first) {
            (Some(one), Some(other)) if one != other => Err(AMBIGUOUS),
            (one, other) => one.or(other).ok_or(NO_DATE),
        },
    }
}

/// Numbers of up to four digits, each with its count of digits.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[(u32, usize); N]> {
    let number = |part: &str| {
        let short = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        Some((short.then(|| part.parse().ok())??, part.len()))
    };
    let all: Option<Vec<_>> = text.split(separator).take(N + 1).map(number).collect();
    all?.try_into().ok()
}

fn whole(year: u32, month: u32, day: u32) -> Option<String> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let exists = year > 0 && (1..=days_in(month, leap)).contains(&day);
    exists.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A year that is not known may have been a leap year.
fn partial(month: u32, day: u32) -> Option<String> {
    let exists = (1..=days_in(month, true)).contains(&day);
    exists.then(|| format!("--{month:02}-{day:02}"))
}

const fn days_in(month: u32, leap: bool) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DateOrder::{DayFirst, MonthFirst, Unknown};
    use proptest::prelude::*;

    #[test]
    fn what_can_be_read_in_one_way_is_read() {
        for (text, order, date) in [
            ("1980-12-31", Unknown, "1980-12-31"),
            ("1980/2/3", Unknown, "1980-02-03"),
            ("--12-31", Unknown, "--12-31"),
            ("--02-29", Unknown, "--02-29"),
            ("12/31/1980", Unknown, "1980-12-31"),
            ("31/12/1980", Unknown, "1980-12-31"),
            ("5/5/1980", Unknown, "1980-05-05"),
            ("4.5.1980", Unknown, "1980-05-04"),
            ("5/4/1980", MonthFirst, "1980-05-04"),
            ("5/4/1980", DayFirst, "1980-04-05"),
        ] {
            assert_eq!(read(text, order).unwrap().as_deref(), Some(date), "{text}");
        }
        assert_eq!(read("0/0/00", Unknown), Ok(None));
        assert_eq!(read("0.0.00", Unknown), Ok(None));
    }

    #[test]
    fn nothing_is_guessed() {
        for (text, order, fault) in [
            ("5/4/1980", Unknown, AMBIGUOUS),
            ("12/31/80", MonthFirst, NO_CENTURY),
            ("31/12/1980", MonthFirst, NO_DATE),
            ("1981-02-29", Unknown, NO_DATE),
            ("soon", Unknown, NO_DATE),
            ("--13-01", Unknown, NO_DATE),
            ("1980-12-31-1", Unknown, NO_DATE),
            ("1980", Unknown, NO_DATE),
            ("", Unknown, NO_DATE),
        ] {
            assert_eq!(read(text, order), Err(fault), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-0-9/.é]{0,12}") {
            let _ = read(&text, Unknown);
        }
    }
}
