//! Between cards and the contact documents of the HTTP interface.
//!
//! | document | card |
//! | --- | --- |
//! | `name` | `N` by its components; `display` is `FN` where that says more than the rest would |
//! | `nickname`, `notes`, `organization` | the first readable `NICKNAME`, `NOTE`, `ORG` and `TITLE` |
//! | `phones`, `emails`, `addresses`, `urls` | all `TEL`, `EMAIL`, `ADR`, `URL` in their order |
//! | `type` | `TYPE`, or Apple's `X-ABLabel` of the same group: `_$!<Mobile>!$_` |
//! | `label` | any other `X-ABLabel` |
//! | `primary` | `PREF=1`, before 4.0 `TYPE=PREF` |
//! | `birthday`, `anniversary` | `BDAY`, and `ANNIVERSARY` or what stands for it |
//! | `custom` | `X-SWITCHBOARD-CUSTOM`, a structured value of key and text |
//!
//! What a document cannot hold stays in the card, and an edit through a document leaves it there.

mod address;
mod apply;
mod arrange;
mod fields;
mod kinds;
mod labels;
mod lines;
mod lists;
mod notes;
mod phone;
mod read;
mod single;

pub use apply::{apply, create};
pub use notes::Note;

use crate::card::Card;
use fields::Fields;
use serde_json::Value;

/// Holds `custom`: key and text, in every version.
const CUSTOM: &str = "X-SWITCHBOARD-CUSTOM";

/// What a card says, as far as a contact can say it.
#[derive(Debug, Clone)]
pub struct Document {
    /// A contact as it can be written with POST. Arrays and `custom` are always there, other members only when set.
    pub value: Value,
    /// What was left out, and why.
    pub notes: Vec<Note>,
}

#[derive(Debug, thiserror::Error)]
#[error("is no contact document")]
pub struct NotADocument(#[from] serde_json::Error);

/// Reads a card. Numbers that only their region could judge are taken as they are.
#[must_use]
pub fn document(card: &Card) -> Document {
    let reading = read::read(card);
    Document {
        value: reading.fields.into_document(),
        notes: reading.notes.into_vec(),
    }
}

/// The document as a card can say it: line breaks are LF, nothing is empty, `primary` is true or absent, members of the
/// server's own are gone. A display name that the other names make anyway is gone too.
pub fn normal(document: &Value) -> Result<Value, NotADocument> {
    Ok(Fields::parse(document)?.into_document())
}
