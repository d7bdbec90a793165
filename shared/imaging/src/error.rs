use super::Format;
use thiserror::Error;

/// Why no picture came out of the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageError {
    #[error("the bytes are not an image; accepted are {}", Format::ACCEPTED)]
    NotAnImage,
    #[error("{found} is not supported; accepted are {}", Format::ACCEPTED)]
    Unsupported { found: &'static str },
    /// Right by its first bytes and wrong further on, or cut short.
    #[error("the image is broken: {0}")]
    Broken(String),
    #[error("the image has too many {what}: the limit is {limit}")]
    TooLarge { what: &'static str, limit: u64 },
    /// The picture is fine, what is asked of it is not.
    #[error("the form asks for too many {what}: the limit is {limit}")]
    Excessive { what: &'static str, limit: u64 },
    /// Not the sender's fault: the picture was read, but a variant could not be made of it.
    #[error("the image cannot be written as {}: {reason}", format.name())]
    Encoding { format: Format, reason: String },
}

impl ImageError {
    pub(super) fn truncated() -> Self {
        Self::Broken("it ends before it is complete".to_owned())
    }

    pub(super) fn broken(reason: &(impl ToString + ?Sized)) -> Self {
        Self::Broken(reason.to_string())
    }
}
