//! Whose birthday it is.

use super::{Day, PartialDate};

const LEAP_DAY: &str = "02-29";
const DAY_BEFORE: &str = "02-28";

/// The birthdays, as `MM-DD` and in order, that are on this day: whoever was born on 29 February has it on the 28th in
/// other years.
#[must_use]
pub fn on(day: Day) -> Vec<String> {
    let mut all = vec![day.of_year()];
    if !day.is_in_leap_year() && all[0] == DAY_BEFORE {
        all.push(LEAP_DAY.to_owned());
    }
    all
}

/// How old who was born then gets on that day; `None` when the year is unknown or yet to come.
#[must_use]
pub fn age(birthday: &PartialDate, on: Day) -> Option<u32> {
    let born = i32::try_from(birthday.year()?).ok()?;
    u32::try_from(i32::from(on.year()) - born).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn who_was_born_on_a_leap_day_has_a_birthday_every_year() {
        assert_eq!(on(day("2027-02-28")), ["02-28", "02-29"]);
        assert_eq!(on(day("2028-02-28")), ["02-28"]);
        assert_eq!(on(day("2028-02-29")), ["02-29"]);
        assert_eq!(on(day("2100-02-28")), ["02-28", "02-29"]);
        assert_eq!(on(day("2027-03-01")), ["03-01"]);
    }

    #[test]
    fn ages_need_a_year() {
        let age = |birthday| age(&PartialDate::parse(birthday).unwrap(), day("2027-02-28"));
        assert_eq!(age("2000-02-29"), Some(27));
        assert_eq!(age("2027-02-28"), Some(0));
        assert_eq!(age("2028-02-28"), None);
        assert_eq!(age("--02-28"), None);
    }
}
