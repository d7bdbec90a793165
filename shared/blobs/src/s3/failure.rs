use super::refusal::Refusal;
use crate::failure::{not_found, unavailable};
use object_store::Error as StoreError;
use ports::{Error, Kind};

/// The port's error for a failed operation on a blob. Refused credentials are the operator's to mend, after which the
/// same operation succeeds: they are an outage, not the caller's fault.
pub fn failed(doing: &str, key: &str, error: StoreError) -> Error {
    match Refusal::of(&error) {
        Some(refusal) if refusal.is_missing_object() => not_found(key, error),
        _ => unavailable(doing, key, error),
    }
}

/// At the start it is the other way round: what is refused now is refused until somebody changes the settings.
pub fn unusable(bucket: &str, error: StoreError) -> Error {
    let kind = match Refusal::of(&error) {
        Some(refusal) if refusal.is_final() => Kind::Invalid,
        _ => Kind::Unavailable,
    };
    Error::new(kind, format!("the bucket {bucket} cannot be used")).with_source(error)
}
