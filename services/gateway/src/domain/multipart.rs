//! `multipart/form-data` (RFC 7578), read as it comes in: pieces of any size go in, the file's bytes come out.

mod fault;
mod field;
mod head;
mod parameters;
mod scanner;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use field::{FILE, FileField, Out};
pub use scanner::Boundary;

/// Most bytes of a form around its file: heads, boundaries, what stands before and after.
pub const MAX_AROUND: u64 = 64 << 10;
