//! Which column of a file holds what.

mod columns;
pub(crate) mod google;
mod outlook;
mod target;

pub(crate) use columns::{AddressColumns, Columns, Entry};
pub(crate) use target::{Date, Family, Text};

use crate::DateOrder;
use crate::draft;
use crate::header::{HeaderError, Kind};
use crate::own::OwnColumns;
use crate::row::Reading;
use outlook::Language;

/// What the header row says about the cells below it.
#[derive(Debug)]
pub(crate) enum Layout {
    Own(OwnColumns),
    Google(Columns),
    Outlook(Columns, Language),
}

impl Layout {
    /// The product that knows the most of these columns, if one of them can name somebody.
    pub fn of(columns: &[String]) -> Result<Self, HeaderError> {
        let foreign = [
            (Self::google(columns), 2),
            (Self::outlook(columns, Language::English), 1),
            (Self::outlook(columns, Language::German), 1),
            (Self::outlook(columns, Language::French), 1),
        ];
        let own = (Self::Own(OwnColumns::of(columns)?), 3);
        let best = foreign
            .into_iter()
            .chain([own])
            .filter(|(layout, _)| layout.names_somebody())
            .max_by_key(|(layout, rank)| (layout.known(), *rank));
        let unknown = || HeaderError::Unknown {
            found: columns.to_vec(),
        };
        best.map(|(layout, _)| layout).ok_or_else(unknown)
    }

    fn google(columns: &[String]) -> Self {
        Self::Google(Columns::of(columns, |name, _| google::target(name)))
    }

    fn outlook(columns: &[String], language: Language) -> Self {
        let target = |name: &str, again| outlook::target(name, again, language);
        Self::Outlook(Columns::of(columns, target), language)
    }

    pub const fn kind(&self) -> Kind {
        match self {
            Self::Own(_) => Kind::Own,
            Self::Google(_) => Kind::Google,
            Self::Outlook(..) => Kind::Outlook,
        }
    }

    fn known(&self) -> usize {
        match self {
            Self::Own(columns) => columns.known(),
            Self::Google(columns) | Self::Outlook(columns, _) => columns.known,
        }
    }

    fn names_somebody(&self) -> bool {
        match self {
            Self::Own(columns) => columns.names_somebody(),
            Self::Google(columns) | Self::Outlook(columns, _) => columns.names_somebody(),
        }
    }

    pub fn read(&self, names: &[String], cells: &[&str], dates: DateOrder) -> Reading {
        match self {
            Self::Own(columns) => columns.read(names, cells, dates),
            Self::Google(columns) => draft::read(columns, names, cells, dates),
            // Whoever writes German or French columns writes the day first.
            Self::Outlook(columns, Language::English) => draft::read(columns, names, cells, dates),
            Self::Outlook(columns, _) => draft::read(columns, names, cells, DateOrder::DayFirst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(header: &str) -> Option<Kind> {
        let columns: Vec<String> = header
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect();
        Layout::of(&columns).ok().map(|layout| layout.kind())
    }

    #[test]
    fn the_header_alone_tells_the_kind() {
        for (header, expected) in [
            (
                "Name,Given Name,Family Name,Group Membership,Phone 1 - Type,Phone 1 - Value",
                Kind::Google,
            ),
            (
                "First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value",
                Kind::Google,
            ),
            ("FIRST NAME, phone 1 - value", Kind::Google),
            (
                "First Name,Last Name,Company,E-mail Address,Mobile Phone",
                Kind::Outlook,
            ),
            ("Anrede,Vorname,Nachname,Firma,Mobiltelefon", Kind::Outlook),
            ("Titre,Prénom,Nom,Société,Tél. mobile", Kind::Outlook),
            ("name.given,phones.0.number", Kind::Own),
            ("Name.Display,notes,custom.Shoe size", Kind::Own),
        ] {
            assert_eq!(kind(header), Some(expected), "{header}");
        }
        for header in [
            "Notes,Birthday",
            "custom.x,notes",
            "phones.0.label",
            "phones.99.number",
            "",
        ] {
            assert_eq!(kind(header), None, "{header}");
        }
    }
}
