use ports::{Error, Kind};
use std::error;

/// The port's error for a failed operation on a blob.
pub fn failed(doing: &str, key: &str, error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => {
            Error::new(Kind::NotFound, format!("there is no blob {key}")).with_source(error)
        }
        error => unavailable(doing, key, error),
    }
}

/// The folder did not do what any folder can do.
pub fn unavailable(
    doing: &str,
    key: &str,
    error: impl error::Error + Send + Sync + 'static,
) -> Error {
    Error::unavailable(format!("{doing} the blob {key}")).with_source(error)
}
