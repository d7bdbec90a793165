//! What Redis answers, in the ports' terms.

use ports::{Error, Kind};
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// A failed operation that changes nothing.
pub fn reading(what: impl Into<String>, error: RedisError) -> Error {
    Error::new(kind(&error), what).with_source(error)
}

/// A failed operation that changes something, and may have done so when its answer did not arrive.
pub fn writing(what: impl Into<String>, error: RedisError) -> Error {
    let mut what = what.into();
    if error.is_io_error() && !error.is_connection_refusal() {
        what.push_str(" (in doubt: it may have been applied)");
    }
    reading(what, error)
}

/// Data that this store cannot have written.
pub fn broken(what: impl std::fmt::Display) -> Error {
    Error::internal(format!("{what} cannot be read"))
}

/// Trouble that goes by.
pub fn is_passing(error: &RedisError) -> bool {
    matches!(kind(error), Kind::Unavailable | Kind::Timeout)
}

fn kind(error: &RedisError) -> Kind {
    match error.kind() {
        ErrorKind::Io if error.is_timeout() => Kind::Timeout,
        ErrorKind::Io | ErrorKind::AuthenticationFailed => Kind::Unavailable,
        ErrorKind::InvalidClientConfig | ErrorKind::RESP3NotSupported => Kind::Invalid,
        ErrorKind::Server(server) => match server {
            ServerErrorKind::BusyLoading
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::Moved
            | ServerErrorKind::Ask
            | ServerErrorKind::TryAgain => Kind::Unavailable,
            ServerErrorKind::NoPerm => Kind::Invalid,
            _ => Kind::Internal,
        },
        // Out of memory, out of disk, busy with a script, too few replicas.
        ErrorKind::Extension => match error.code() {
            Some("OOM" | "MISCONF" | "BUSY" | "NOREPLICAS" | "UNBLOCKED") => Kind::Unavailable,
            _ => Kind::Internal,
        },
        _ => Kind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn kind_of(reply: &str) -> Kind {
        let value = redis::parse_redis_value(reply.as_bytes()).expect("a reply");
        kind(&value.extract_error().expect_err("an error"))
    }

    #[test]
    fn passing_trouble_is_unavailable() {
        for reply in [
            "-LOADING Redis is loading the dataset in memory\r\n",
            "-READONLY You can't write against a read only replica.\r\n",
            "-MASTERDOWN Link with MASTER is down\r\n",
            "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
            "-MISCONF Errors writing to the AOF file\r\n",
            "-BUSY Redis is busy running a script.\r\n",
        ] {
            assert_eq!(kind_of(reply), Kind::Unavailable, "{reply}");
        }
        assert_eq!(kind_of("-NOPERM this user has no\r\n"), Kind::Invalid);
        assert_eq!(kind_of("-WRONGTYPE Operation\r\n"), Kind::Internal);
    }

    #[test]
    fn only_writes_without_an_answer_are_in_doubt() {
        let lost = |kind: io::ErrorKind| RedisError::from(io::Error::from(kind));
        let timeout = writing("commit", lost(io::ErrorKind::TimedOut));
        assert_eq!(timeout.kind(), Kind::Timeout);
        assert!(timeout.to_string().contains("may have been applied"));
        let refused = writing("commit", lost(io::ErrorKind::ConnectionRefused));
        assert_eq!(refused.kind(), Kind::Unavailable);
        assert!(!refused.to_string().contains("applied"));
    }
}
