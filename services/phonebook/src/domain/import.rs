//! Address books as files: from bytes to contacts, without a store.

mod entry;
mod identity;
pub mod json;
mod reader;
mod report;

pub use entry::{Content, Draft, Entry};
pub use identity::{Name, digest, id};
pub use reader::{At, Reader};
pub use report::{Report, Verdict};

use contact_csv::DateOrder;
use serde::{Deserialize, Serialize};

/// What an address book is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// vCards of every version, one after the other.
    Cards,
    Csv,
    /// An array of contacts as the API shows them.
    Json,
}

impl Form {
    /// By media type; its parameters do not matter.
    #[must_use]
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "text/vcard" | "text/x-vcard" | "text/directory" => Some(Self::Cards),
            "text/csv" => Some(Self::Csv),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What the caller wants of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Where numbers without `+` are dialled: a country of two letters.
    pub region: Option<String>,
    /// Keep what is no number.
    pub lenient: bool,
    /// Where new contacts go.
    pub book: Option<String>,
    pub dates: Dates,
}

/// What `5/4/1980` means in a CSV file that does not say it itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    #[default]
    Unknown,
    MonthFirst,
    DayFirst,
}

impl From<Dates> for DateOrder {
    fn from(dates: Dates) -> Self {
        match dates {
            Dates::Unknown => Self::Unknown,
            Dates::MonthFirst => Self::MonthFirst,
            Dates::DayFirst => Self::DayFirst,
        }
    }
}

/// Why a file is no address book at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

#[cfg(test)]
mod tests;
