use std::collections::BTreeMap;

/// What callers may write as a key.
const MAX_KEY_CHARS: usize = 100;

/// Every value stays: one whose key has another value gets the key and the first number that is free, from 2 on.
pub fn unite(merged: &mut BTreeMap<String, String>, other: &BTreeMap<String, String>) {
    for (key, value) in other {
        let mut candidates = std::iter::once(key.clone()).chain((2u32..).map(|n| numbered(key, n)));
        // A key that is free, or that has this very value already.
        let place = candidates.find(|candidate| {
            let present = merged.get(candidate);
            present.is_none_or(|present| present == value)
        });
        if let Some(place) = place {
            merged.insert(place, value.clone());
        }
    }
}

fn numbered(key: &str, number: u32) -> String {
    let end = format!(" {number}");
    let start = key.chars().take(MAX_KEY_CHARS - end.len());
    start.chain(end.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
    }

    #[test]
    fn taken_keys_get_a_number() {
        let mut merged = map(&[("room", "1"), ("room 2", "2")]);
        for _ in 0..2 {
            unite(&mut merged, &map(&[("room", "3"), ("floor", "4")]));
            unite(&mut merged, &map(&[("room", "2")]));
        }
        let all = [
            ("floor", "4"),
            ("room", "1"),
            ("room 2", "2"),
            ("room 3", "3"),
        ];
        assert_eq!(merged, map(&all));
    }

    #[test]
    fn a_numbered_key_is_no_longer_than_a_key_may_be() {
        let long = "é".repeat(MAX_KEY_CHARS);
        let mut merged = map(&[(&long, "1")]);
        unite(&mut merged, &map(&[(&long, "2")]));
        assert!(
            merged
                .keys()
                .all(|key| key.chars().count() == MAX_KEY_CHARS)
        );
        assert_eq!(merged.len(), 2);
    }
}
