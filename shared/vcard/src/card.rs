//! A card: its bytes, and where in them its properties stand.

mod about;
mod edit;
mod filter;
mod members;
mod photo;
mod wide;

pub use about::Kind;
pub(crate) use edit::{Edits, Piece};
pub use photo::Photo;

use crate::{
    error::{Fault, ParseError},
    limits::Limits,
    property::Property,
    scan::{self, Entry, Layout},
    version::{Target, Version},
};
use std::borrow::Cow;
use wide::Wide;

/// One vCard. It keeps the bytes that it was read from: edits change the lines of the edited properties and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// As read; of UTF-16, the same in UTF-8.
    bytes: Vec<u8>,
    wide: Option<Wide>,
    layout: Layout,
    version: Version,
}

impl Card {
    /// Reads exactly one card, within the default [`Limits`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::parse_within(bytes, &Limits::default())
    }

    pub fn parse_within(bytes: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        let (wide, bytes) = match Wide::of(bytes) {
            // Twice as large as it is going to be.
            Some(_) if bytes.len() / 2 > limits.card_bytes => {
                let limit = limits.card_bytes;
                return Err(Fault::CardTooLarge { limit }.at(1));
            }
            Some(wide) => (Some(wide), wide.decode(bytes).ok_or(Fault::Encoding.at(1))?),
            None => (None, bytes.to_vec()),
        };
        let layout = scan::scan(&bytes, limits)?;
        let mut card = Self {
            bytes,
            wide,
            layout,
            version: Version::V3_0,
        };
        card.version = card.read_version()?;
        Ok(card)
    }

    /// A card with nothing but its version.
    pub(crate) fn empty(target: Target) -> Self {
        let version = Version::from(target);
        let line_end = "\r\n";
        let bytes = b"BEGIN:VCARD\r\nEND:VCARD\r\n".to_vec();
        let layout = Layout {
            entries: Vec::new(),
            body_end: "BEGIN:VCARD\r\n".len(),
            line_end,
        };
        let mut card = Self {
            bytes,
            wide: None,
            layout,
            version,
        };
        card.add(crate::Draft::text("VERSION", version.as_str()));
        card
    }

    fn read_version(&self) -> Result<Version, ParseError> {
        let found = self.first("VERSION").ok_or(Fault::NoVersion.at(1))?;
        let text = found.text();
        Version::parse(&text).ok_or_else(|| {
            let shown = text.chars().take(40).collect();
            Fault::UnknownVersion(shown).at(found.line())
        })
    }

    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The card as it is to be stored or sent: what was read, when nothing was edited.
    #[must_use]
    pub fn to_bytes(&self) -> Cow<'_, [u8]> {
        match self.wide {
            Some(wide) => Cow::Owned(wide.encode(&self.bytes)),
            None => Cow::Borrowed(&self.bytes),
        }
    }

    pub(crate) fn text_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All properties in their order, `VERSION` among them. Lines that are none are left out.
    pub fn properties(&self) -> impl Iterator<Item = Property<'_>> {
        let entries = self.layout.entries.iter().enumerate();
        entries.filter_map(|(position, entry)| Property::new(self, position, entry))
    }

    #[must_use]
    pub fn property(&self, position: usize) -> Option<Property<'_>> {
        Property::new(self, position, self.entry(position)?)
    }

    pub(crate) fn entry(&self, position: usize) -> Option<&Entry> {
        self.layout.entries.get(position)
    }

    /// The first property of this name, which is given in upper case.
    #[must_use]
    pub fn first<'c>(&'c self, name: &'c str) -> Option<Property<'c>> {
        self.named(name).next()
    }

    /// All properties of a name, which is given in upper case.
    pub fn named<'c>(&'c self, name: &'c str) -> impl Iterator<Item = Property<'c>> {
        let entries = self.layout.entries.iter().enumerate();
        entries
            .filter(move |(_, entry)| entry.may_be(&self.bytes, name))
            .filter_map(|(position, entry)| Property::new(self, position, entry))
            .filter(move |property| property.name() == name)
    }

    /// The lines that are no properties, counted from 1. They stay in the card as they are.
    pub fn unreadable_lines(&self) -> impl Iterator<Item = u64> + '_ {
        let entries = self.layout.entries.iter();
        entries
            .filter(|entry| !entry.is_property(&self.bytes))
            .map(|entry| entry.line)
    }
}
