use std::{error, fmt};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong at a port, in the terms that callers act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A precondition of a commit did not hold: read again and decide anew.
    Conflict,
    /// The thing is not there.
    NotFound,
    /// The request itself can never succeed.
    Invalid,
    /// A size or count limit was passed.
    TooLarge,
    /// A bounded queue or quota is full: come back later.
    Full,
    /// The log no longer reaches back that far.
    Gone,
    /// Nobody serves this queue.
    Unroutable,
    /// The deadline passed.
    Timeout,
    /// The backend cannot be reached or is shutting down.
    Unavailable,
    /// Broken data or a bug.
    Internal,
}

/// An error that names the operation and the object, and keeps its source.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message)
    }

    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Would the same call, later and unchanged, have a chance?
    #[must_use]
    pub const fn retryable(&self) -> bool {
        matches!(
            self.kind,
            Kind::Full | Kind::Timeout | Kind::Unavailable | Kind::Unroutable
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(out, ": {source}"),
            None => Ok(()),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
