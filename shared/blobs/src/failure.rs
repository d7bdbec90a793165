use ports::{Error, Kind};
use std::error;

pub fn not_found(key: &str, error: object_store::Error) -> Error {
    Error::new(Kind::NotFound, format!("there is no blob {key}")).with_source(error)
}

/// The folder or the bucket did not do what any can do.
pub fn unavailable(
    doing: &str,
    key: &str,
    error: impl error::Error + Send + Sync + 'static,
) -> Error {
    Error::unavailable(format!("{doing} the blob {key}")).with_source(error)
}
