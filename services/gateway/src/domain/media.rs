//! Media types of request bodies against what an operation declares.

/// Does the `Content-Type` field name one of the declared types? `image/*` and `*/*` are ranges; parameters do not count.
#[must_use]
pub fn is_declared(content_type: &str, declared: &[String]) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    declared.iter().any(|range| match range.split_once('/') {
        Some(("*", "*")) => true,
        Some((wanted, "*")) => wanted == kind,
        Some((wanted, exact)) => wanted == kind && exact == subtype,
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::is_declared;

    #[test]
    fn types_ranges_and_parameters() {
        let declared = ["application/json".to_owned(), "image/*".to_owned()];
        assert!(is_declared("application/json; charset=utf-8", &declared));
        assert!(is_declared("IMAGE/png", &declared));
        assert!(!is_declared("text/json", &declared));
        assert!(!is_declared("json", &declared));
    }
}
