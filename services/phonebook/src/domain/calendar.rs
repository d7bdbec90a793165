//! Which day it is, and where.

use jiff::{civil::Date, tz::TimeZone};
use ports::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A place's rules for what time it is: a zone of the IANA database, which is compiled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no time zone; name one as IANA does, for example Europe/Berlin")]
pub struct NotAZone;

impl Zone {
    pub const UTC: Self = Self(TimeZone::UTC);

    pub fn parse(name: &str) -> Result<Self, NotAZone> {
        TimeZone::get(name).map(Self).map_err(|_| NotAZone)
    }

    /// As the database spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    #[must_use]
    pub fn day_at(&self, now: Timestamp) -> Day {
        let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        let now = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
        Day(now.to_zoned(self.0.clone()).date())
    }

    /// When the day begins here. Where clocks skip its midnight, or all of it, that is when they go on.
    #[must_use]
    pub fn start_of(&self, day: Day) -> Timestamp {
        let begin = day.0.to_zoned(self.0.clone());
        let micros = begin.map_or(i64::MAX, |begin| begin.timestamp().as_microsecond());
        Timestamp(u64::try_from(micros).unwrap_or(0))
    }
}

/// A day of the calendar, in text `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

impl Day {
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(Date::MAX))
    }

    #[must_use]
    pub fn days_before(self, days: i64) -> Self {
        Self(self.0.saturating_sub(jiff::Span::new().days(days)))
    }

    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// `MM-DD`
    #[must_use]
    pub fn of_year(self) -> String {
        format!("{:02}-{:02}", self.0.month(), self.0.day())
    }

    #[must_use]
    pub fn is_in_leap_year(self) -> bool {
        self.0.in_leap_year()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = jiff::Error;
    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.to_owned().try_into().unwrap()
    }

    fn begins(zone: &str, date: &str) -> String {
        let at = Zone::parse(zone).unwrap().start_of(day(date));
        at.to_string()
    }

    #[test]
    fn days_begin_at_local_midnight_in_summer_and_winter() {
        for (zone, date, begin) in [
            ("UTC", "2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"),
            ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00.000Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z"),
            ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00.000Z"),
            // Clocks went from midnight to one.
            (
                "America/Sao_Paulo",
                "2018-11-04",
                "2018-11-04T03:00:00.000Z",
            ),
            // Clocks went from one back to midnight, which so came twice.
            ("America/Havana", "2018-11-04", "2018-11-04T04:00:00.000Z"),
            // Samoa crossed the date line, and never had this day.
            ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00.000Z"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z"),
        ] {
            assert_eq!(begins(zone, date), begin, "{zone} {date}");
        }
    }

    #[test]
    fn zones_are_found_by_name_only() {
        assert_eq!(
            Zone::parse("europe/berlin").unwrap().name(),
            "Europe/Berlin"
        );
        assert_eq!(Zone::parse("UTC").unwrap(), Zone::UTC);
        for bad in [
            "",
            "Berlin",
            "+01:00",
            "CET-1CEST",
            "../etc/passwd",
            "Europe/Bérlin",
        ] {
            assert_eq!(Zone::parse(bad), Err(NotAZone), "{bad}");
        }
    }

    #[test]
    fn days_are_counted_over_the_ends_of_months() {
        assert_eq!(day("2028-02-28").next(), day("2028-02-29"));
        assert_eq!(day("2027-02-28").next(), day("2027-03-01"));
        assert_eq!(day("2027-01-03").days_before(7), day("2026-12-27"));
        assert_eq!(day("2027-01-03").of_year(), "01-03");
        assert_eq!(day("9999-12-31").next(), day("9999-12-31"));
    }

    proptest! {
        #[test]
        fn a_day_s_begin_is_in_it(micros in 0u64..253_000_000_000_000_000, zone in 0usize..5) {
            let names = ["UTC", "Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu"];
            let zone = Zone::parse(names[zone]).unwrap();
            let day = zone.day_at(Timestamp(micros));
            prop_assert!(zone.start_of(day).as_micros() <= micros);
            prop_assert!(zone.start_of(day.next()).as_micros() > micros);
            prop_assert_eq!(Day::try_from(day.to_string()).unwrap(), day);
        }

        #[test]
        fn never_panics(text in "\\PC{0,20}", micros in any::<u64>()) {
            let _ = Zone::parse(&text);
            let _ = Day::try_from(text);
            let _ = Zone::UTC.start_of(Zone::UTC.day_at(Timestamp(micros)).next());
        }
    }
}
