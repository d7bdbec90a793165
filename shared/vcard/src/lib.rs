//! vCards as the outside world writes them: 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350).
//!
//! A [`Card`] keeps the bytes that it was read from. What nobody edits stays byte for byte as it was: foreign
//! properties, folds, order, even lines that are no properties. Nothing here reads a file or opens a connection.
//!
//! ```
//! use vcard::{Card, Draft, Target, apply, convert, document};
//!
//! let bytes = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nN:Lovelace;Ada;;;\r\n\
//!     item1.TEL;type=pref:+44 20 7946 0018\r\nitem1.X-ABLabel:desk\r\nX-COLOUR:mauve\r\nEND:VCARD\r\n";
//! let mut card = Card::parse(bytes)?;
//! assert_eq!(card.to_bytes().as_ref(), bytes);
//!
//! // Properties are looked at by position, name, parameters and decoded value.
//! let phone = card.first("TEL").unwrap();
//! assert!(phone.has_type("pref") && phone.group() == Some("item1"));
//!
//! // One line more; every other byte stays.
//! card.add(Draft::text("NOTE", "met at Babbage's"));
//!
//! // As a contact, and a contact's edit as an edit of the card.
//! let before = document(&card).value;
//! assert_eq!(before["phones"][0]["label"], "desk");
//! let mut after = before.clone();
//! after["nickname"] = "Countess".into();
//! let card = apply(&card, &before, &after)?;
//! assert!(card.to_bytes().windows(14).any(|line| line == b"X-COLOUR:mauve"));
//!
//! // In another version, keeping what that does not know under names with X-.
//! let newer = convert(&card, Target::V4_0);
//! assert_eq!(newer.first("TEL").unwrap().parameter("PREF").next(), Some("1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Reader`] finds the cards in a file that comes in pieces, tells where each one began, and can go on from any of
//! those places. [`Limits`] bound what a card may ask for.
//!
//! The content lines are read by this crate itself: the crates that exist either keep no bytes, or bound neither size
//! nor nesting and cannot go on within a stream.

mod card;
mod codec;
mod convert;
mod date;
mod document;
mod draft;
mod error;
mod limits;
mod physical;
mod property;
mod reader;
mod scan;
mod version;

pub use card::{Card, Kind, Photo};
pub use convert::convert;
pub use document::{Document, NotADocument, Note, apply, create, document, normal};
pub use draft::{Content, Draft};
pub use error::{Fault, ParseError};
pub use limits::Limits;
pub use property::{Parameter, Property};
pub use reader::{Item, Position, Reader, Rejected, Unicode};
pub use version::{Target, Version};
