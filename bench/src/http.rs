//! A small HTTP/1.1 client for one host, so that making load costs little beside serving it: kept connections, prepared
//! request bytes, a bounded reader.

mod chunked;
mod connection;
mod head;
mod kept;
mod message;
mod target;

pub use connection::{Answer, Connection};
pub use head::field;
pub use kept::Kept;
pub use message::{Message, Side, parse};
pub use target::Target;

/// Longest head of a message, in bytes.
pub const MAX_HEAD: usize = 64 << 10;
/// Longest body of a message, in bytes.
pub const MAX_BODY: usize = 256 << 20;

/// Why bytes are no message of HTTP/1 that this reader takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("a head of over {MAX_HEAD} bytes")]
    HeadTooLong,
    #[error("a head that is no UTF-8")]
    HeadNotText,
    #[error("a first line that is none of HTTP/1")]
    FirstLine,
    #[error("a header line without a name")]
    Header,
    #[error("a length that is no number or stands against another one")]
    Length,
    #[error("a transfer coding other than chunked")]
    Coding,
    #[error("an answer that only the connection's end would end")]
    Unframed,
    #[error("a body of over {MAX_BODY} bytes")]
    BodyTooLong,
    #[error("a chunk that is not framed as RFC 9112 says")]
    Chunk,
}
