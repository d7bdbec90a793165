//! Media types of request bodies against what an operation declares.

pub const FORM: &str = "multipart/form-data";
pub const OCTETS: &str = "application/octet-stream";

/// Does the `Content-Type` field name one of the declared types? `image/*` and `*/*` are ranges; parameters do not count.
#[must_use]
pub fn is_declared(content_type: &str, declared: &[String]) -> bool {
    let essence = essence(content_type);
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

/// The type without its parameters, in small letters.
#[must_use]
pub fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// What programs say of a file whose type they do not know.
#[must_use]
pub fn is_unknown(content_type: &str) -> bool {
    matches!(essence(content_type).as_str(), "" | OCTETS)
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
