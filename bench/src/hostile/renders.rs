//! Forms that nobody would ask for.

use mutate::Dice;

/// Parameters of a rendering with values at their bounds, beyond them, and of no kind at all.
const PARAMETERS: [(&str, &[&str]); 11] = [
    (
        "w",
        &[
            "1",
            "640",
            "6300",
            "10000",
            "0",
            "-1",
            "99999999999",
            "1e9",
            "%00",
        ],
    ),
    ("h", &["1", "640", "6300", "10000", "0", "-1", "NaN", ""]),
    ("fit", &["cover", "contain", "inside", "stretch"]),
    ("gravity", &["smart", "center", "0,1", "9,9", "left", ","]),
    ("format", &["jpeg", "png", "webp", "avif", "gif", "exe"]),
    ("q", &["1", "100", "0", "101", "best"]),
    ("dpr", &["0.1", "8", "9999", "-0"]),
    ("blur", &["0.3", "250", "1e308", "-1"]),
    ("background", &["10203080", "zz", "%F0%9F%90%98"]),
    ("enlarge", &["true", "maybe"]),
    ("lossless", &["true", ""]),
];

/// How often a parameter is named.
const NAMED: f64 = 0.3;

/// The query of a rendering.
#[must_use]
pub fn query(dice: &mut Dice) -> String {
    let mut parts = Vec::new();
    for (name, values) in PARAMETERS {
        if dice.chance(NAMED)
            && let Some(value) = dice.pick(values)
        {
            parts.push(format!("{name}={value}"));
        }
    }
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_stays_one_word_of_a_request_line() {
        let all: Vec<_> = (0..200).map(|seed| query(&mut Dice::new(seed))).collect();
        let plain = |query: &String| query.chars().all(|c| c.is_ascii_graphic() && c != '#');
        assert!(all.iter().all(plain));
        assert!(all.iter().any(|query| query.contains("enlarge=true")));
    }
}
