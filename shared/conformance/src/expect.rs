use ports::{Kind, Result};

/// The kind of the error that the operation must have ended with.
#[track_caller]
pub fn refused<T>(result: Result<T>) -> Kind {
    match result {
        Ok(_) => panic!("this had to be refused, but succeeded"),
        Err(error) => error.kind(),
    }
}
