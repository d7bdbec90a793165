//! The tenant's contacts as desk phones read them: one XML dialect for each vendor.
//!
//! Entries are made of contacts once for all vendors; each vendor's module only writes them down.

mod cisco;
mod entry;
mod form;
mod grandstream;
mod links;
mod number;
mod pages;
mod snom;
#[cfg(test)]
mod tests;
mod text;
mod xml;
mod yealink;

pub use entry::Entry;
pub use links::{Base, Links};
pub use pages::Pages;

use crate::domain::Fields;
use number::Number;

/// No directory is served deeper than this many entries: nobody pages that far on a desk phone, and each page is found by
/// walking the list from its start.
const MAX_DEPTH: usize = 10_000;

/// Who made the phone, and so which dialect it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Yealink,
    Cisco,
    Snom,
    Grandstream,
}

impl Vendor {
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Yealink, Self::Cisco, Self::Snom, Self::Grandstream]
            .into_iter()
            .find(|vendor| vendor.name() == name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yealink => "yealink",
            Self::Cisco => "cisco",
            Self::Snom => "snom",
            Self::Grandstream => "grandstream",
        }
    }

    /// Most entries of one document.
    #[must_use]
    pub const fn page_size(self) -> usize {
        match self {
            Self::Yealink => yealink::PAGE_SIZE,
            Self::Cisco => cisco::PAGE_SIZE,
            Self::Snom => snom::PAGE_SIZE,
            Self::Grandstream => grandstream::PAGE_SIZE,
        }
    }

    #[must_use]
    pub const fn last_page(self) -> usize {
        MAX_DEPTH / self.page_size()
    }

    /// The contact's entries: none without a number that can be dialled, several when one cannot hold all numbers.
    #[must_use]
    pub fn entries(self, contact: &Fields) -> Vec<Entry> {
        entry::of(contact, |held, number| self.has_room(held, number))
    }

    fn has_room(self, held: &[Number], number: &Number) -> bool {
        match self {
            Self::Yealink => true,
            Self::Cisco | Self::Snom => held.is_empty(),
            Self::Grandstream => grandstream::has_room(held, number),
        }
    }

    #[must_use]
    pub fn render(self, entries: &[Entry], links: &Links) -> String {
        match self {
            Self::Yealink => yealink::render(entries, links),
            Self::Cisco => cisco::render(entries, links),
            Self::Snom => snom::render(entries, links),
            Self::Grandstream => grandstream::render(entries),
        }
    }

    /// The document that makes a phone ask its user what to look for; `None` for phones that have a form of their own.
    #[must_use]
    pub fn search_form(self, links: &Links) -> Option<String> {
        match self {
            Self::Cisco => Some(cisco::search_form(links)),
            Self::Snom => Some(snom::search_form(links)),
            Self::Yealink | Self::Grandstream => None,
        }
    }
}
