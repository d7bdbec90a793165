//! Whom or what a card is about.

use super::Card;

/// What a card describes (RFC 6350, section 6.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Individual,
    Group,
    Organization,
    Location,
    Other(String),
}

impl Card {
    /// The identity that the card keeps through all its versions.
    #[must_use]
    pub fn uid(&self) -> Option<String> {
        let uid = self.first("UID")?.text().trim().to_owned();
        (!uid.is_empty()).then_some(uid)
    }

    /// `KIND`, or what stands for it before 4.0.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let found = self
            .first("KIND")
            .or_else(|| self.first("X-ADDRESSBOOKSERVER-KIND"));
        let Some(kind) = found.map(|property| property.text().trim().to_ascii_lowercase()) else {
            return match self.first("X-ABSHOWAS") {
                Some(shown) if shown.text().trim().eq_ignore_ascii_case("COMPANY") => {
                    Kind::Organization
                }
                _ => Kind::Individual,
            };
        };
        match kind.as_str() {
            "" | "individual" => Kind::Individual,
            "group" => Kind::Group,
            "org" => Kind::Organization,
            "location" => Kind::Location,
            _ => Kind::Other(kind),
        }
    }
}
