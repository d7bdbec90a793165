use lapin::{
    ErrorKind,
    protocol::{AMQPErrorKind, AMQPSoftError},
};
use ports::{Error, Kind, Result};
use std::{fmt, time::Duration};
use tokio::time::timeout;

/// Longest wait for the broker's answer to one protocol operation.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a message did not get to its queue. `Copy`, because one fate is shared by everything in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    Disconnected,
    Blocked,
    Full,
    Unroutable,
    Undeclared,
    Unconfirmed,
    Stranded,
    OversizedReply,
}

impl Failure {
    /// The port's error for this failure, naming the queue.
    pub fn at(self, queue: &str) -> Error {
        let kind = match self {
            Self::Disconnected | Self::Unconfirmed | Self::Stranded => Kind::Unavailable,
            Self::Undeclared => Kind::NotFound,
            Self::Blocked | Self::Full => Kind::Full,
            Self::Unroutable => Kind::Unroutable,
            Self::OversizedReply => Kind::TooLarge,
        };
        Error::new(kind, format!("{queue}: {self}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Disconnected => "the connection to the broker was lost",
            Self::Blocked => "the broker takes no messages at the moment",
            Self::Full => "the queue is at its bound",
            Self::Unroutable => "nobody serves the queue",
            Self::Undeclared => "the queue has not been declared",
            Self::Unconfirmed => "the broker did not confirm in time",
            Self::Stranded => "the queue's node is away, and those of its stand-ins",
            Self::OversizedReply => "the reply is larger than a message may be",
        })
    }
}

/// Runs one protocol operation under the patience that a stuck broker is given.
pub async fn within<T>(operation: &str, work: impl Future<Output = lapin::Result<T>>) -> Result<T> {
    match timeout(PATIENCE, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(unavailable(operation, error)),
        Err(elapsed) => Err(Error::unavailable(operation.to_owned()).with_source(elapsed)),
    }
}

pub fn unavailable(operation: &str, error: lapin::Error) -> Error {
    Error::unavailable(operation.to_owned()).with_source(error)
}

/// Is the queue not there, or not to be reached?
pub fn is_not_found(error: &lapin::Error) -> bool {
    refused_as(error, AMQPSoftError::NOTFOUND)
}

/// Does the queue have consumers?
pub fn is_in_use(error: &lapin::Error) -> bool {
    refused_as(error, AMQPSoftError::PRECONDITIONFAILED)
}

fn refused_as(error: &lapin::Error, reason: AMQPSoftError) -> bool {
    let reason = AMQPErrorKind::Soft(reason);
    matches!(error.kind(), ErrorKind::ProtocolError(refusal) if *refusal.kind() == reason)
}
