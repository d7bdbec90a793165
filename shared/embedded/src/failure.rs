//! Why a job of the writer thread did not succeed.

use crate::codec::Malformed;
use ports::Error;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The operation itself cannot be done. It has written nothing, so its neighbours in the transaction go on.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The file failed; the transaction cannot be committed.
    #[error(transparent)]
    Broken(redb::Error),
    /// The files of the index failed.
    #[error(transparent)]
    Index(#[from] fjall::Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Broken(source) => {
                Self::unavailable("the data file cannot be used").with_source(source)
            }
            Failure::Index(source) => {
                Self::unavailable("the files of the index cannot be used").with_source(source)
            }
        }
    }
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Refused(Error::internal("the data file holds a broken row").with_source(malformed))
    }
}

macro_rules! broken_by {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for Failure {
            fn from(error: redb::$error) -> Self {
                Self::Broken(error.into())
            }
        })*
    };
}
broken_by!(StorageError, TableError, TransactionError, CommitError);
