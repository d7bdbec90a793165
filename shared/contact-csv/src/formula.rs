//! Cells that a spreadsheet would compute instead of showing (CSV injection, as OWASP describes it).
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break gets a `'` in front, also when spaces come first,
//! which some programs drop. So does one that begins with any number of `'` before such a character: every cell can then
//! be told from a protected one, and [`unprotected`] gives back exactly what [`protected`] was given.

use std::borrow::Cow;

/// How much is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Everything that a spreadsheet would compute: a number `+49…` also loses its `+` there.
    Full,
    /// All but what has only digits and the signs around them, which can call and refer to nothing: phone numbers
    /// and `--12-31` stay what other products read.
    ExceptNumbers,
}

pub(crate) fn protected(cell: &str, protection: Protection) -> Cow<'_, str> {
    let harmless = protection == Protection::ExceptNumbers && cell.chars().all(is_of_a_number);
    if is_computed(cell) && !harmless {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

pub(crate) fn unprotected(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_computed(rest) => rest,
        _ => cell,
    }
}

fn is_computed(cell: &str) -> bool {
    cell.trim_start_matches(['\'', ' ', '\u{FEFF}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

const fn is_of_a_number(c: char) -> bool {
    matches!(c, '0'..='9' | '+' | '-' | ' ' | '.' | ':' | '/' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_become_text() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+cmd|' /C calc'!A0", "'-2+cmd|' /C calc'!A0"),
            ("'=1+1", "''=1+1"),
            (" =1+1", "' =1+1"),
            ("O'Neill", "O'Neill"),
            ("'t Hart", "'t Hart"),
            ("", ""),
        ] {
            assert_eq!(protected(cell, Protection::Full), written);
            assert_eq!(protected(cell, Protection::ExceptNumbers), written);
        }
        for number in ["+49 30 1234567", "--12-31", "+1 (555) 010-9999"] {
            assert_eq!(protected(number, Protection::Full), format!("'{number}"));
            assert_eq!(protected(number, Protection::ExceptNumbers), number);
        }
    }

    proptest! {
        #[test]
        fn protection_is_undone_exactly(cell in "['=+@a \t\r-]{0,6}|\\PC{0,6}") {
            let written = protected(&cell, Protection::Full);
            prop_assert_eq!(unprotected(&written), cell.as_str());
        }
    }
}
