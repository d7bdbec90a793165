use uuid::Uuid;

/// A name nobody has used before: the prefix, `-`, and 32 letters. Fits tenants, scopes, groups, services and blobs.
#[must_use]
pub fn unique(prefix: &str) -> String {
    let letters: String = Uuid::now_v7()
        .as_bytes()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(b'a' + nibble))
        .collect();
    format!("{prefix}-{letters}")
}

#[cfg(test)]
mod tests {
    use super::unique;

    #[test]
    fn names_differ_and_fit_the_narrowest_alphabet() {
        let names = [unique("a"), unique("a")];
        assert_ne!(names[0], names[1]);
        assert!(
            names[0]
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-')
        );
    }
}
