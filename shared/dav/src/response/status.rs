use std::fmt;

/// The statuses that bodies and errors of this protocol have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok,
    BadRequest,
    Forbidden,
    NotFound,
    Conflict,
    ContentTooLarge,
    UnsupportedMediaType,
    FailedDependency,
    InsufficientStorage,
}

impl Status {
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::ContentTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::FailedDependency => 424,
            Self::InsufficientStorage => 507,
        }
    }

    /// The whole line, as `DAV:status` has it. Some clients compare it as text.
    pub(crate) const fn line(self) -> &'static str {
        match self {
            Self::Ok => "HTTP/1.1 200 OK",
            Self::BadRequest => "HTTP/1.1 400 Bad Request",
            Self::Forbidden => "HTTP/1.1 403 Forbidden",
            Self::NotFound => "HTTP/1.1 404 Not Found",
            Self::Conflict => "HTTP/1.1 409 Conflict",
            Self::ContentTooLarge => "HTTP/1.1 413 Content Too Large",
            Self::UnsupportedMediaType => "HTTP/1.1 415 Unsupported Media Type",
            Self::FailedDependency => "HTTP/1.1 424 Failed Dependency",
            Self::InsufficientStorage => "HTTP/1.1 507 Insufficient Storage",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.line().trim_start_matches("HTTP/1.1 "))
    }
}
