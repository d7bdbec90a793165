use super::{At, Name};
use crate::domain::{card, photo::sha256};
use bytes::Bytes;
use serde_json::Value;
use std::borrow::Cow;
use vcard::{Card, Kind};

/// One contact of a file, or what stands there instead of one.
#[derive(Debug)]
pub struct Entry {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// Where to go on behind it.
    pub next: At,
    /// Or what is wrong with it.
    pub content: Result<Content, String>,
}

/// What an entry says, in the words of its form.
#[derive(Debug)]
pub enum Content {
    Card(Box<Card>),
    Row {
        document: Value,
        groups: Vec<String>,
        notes: Vec<String>,
    },
    Object(Value),
}

/// An entry as a contact.
#[derive(Debug)]
pub struct Draft {
    /// What a caller would POST.
    pub document: Value,
    /// Names of groups; `None` where the form has no such names.
    pub groups: Option<Vec<String>>,
    /// What was left out.
    pub notes: Vec<String>,
    /// The card, byte for byte, to be kept beside the contact.
    pub card: Option<Bytes>,
    /// SHA-256 of the picture in the card that is to be kept.
    pub picture: Option<String>,
}

impl Content {
    /// What the file calls the contact.
    #[must_use]
    pub fn name(&self) -> Name {
        match self {
            Self::Card(card) => card.uid().map_or(Name::None, Name::of_uid),
            Self::Object(document) | Self::Row { document, .. } => Name::of_document(document),
        }
    }

    /// The bytes that are the same when the same file comes again.
    #[must_use]
    pub fn source(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Card(card) => card.to_bytes(),
            Self::Object(document) => Cow::Owned(document.to_string().into_bytes()),
            Self::Row {
                document, groups, ..
            } => Cow::Owned(format!("{document}\n{}", groups.join("\n")).into_bytes()),
        }
    }

    /// The card, if it is about a group of contacts.
    #[must_use]
    pub fn group_card(&self) -> Option<&Card> {
        match self {
            Self::Card(card) if card.kind() == Kind::Group => Some(card),
            _ => None,
        }
    }

    /// `line` is the entry's, for what the notes say.
    #[must_use]
    pub fn read(&self, line: u64) -> Draft {
        match self {
            Self::Card(card) => of_card(card, line),
            Self::Object(document) => Draft {
                document: document.clone(),
                groups: None,
                notes: Vec::new(),
                card: None,
                picture: None,
            },
            Self::Row {
                document,
                groups,
                notes,
            } => Draft {
                document: document.clone(),
                groups: Some(groups.clone()),
                notes: notes.clone(),
                card: None,
                picture: None,
            },
        }
    }
}

fn of_card(card: &Card, line: u64) -> Draft {
    let document = vcard::document(card);
    let in_file = |mut note: vcard::Note| {
        note.line += line.saturating_sub(1);
        note.to_string()
    };
    let mut notes: Vec<String> = document.notes.into_iter().map(in_file).collect();
    let bytes = Bytes::from(card.to_bytes().into_owned());
    let kept = card::fits(&bytes).then_some(bytes);
    if kept.is_none() {
        let most = card::MAX_CARD_BYTES >> 10;
        notes.push(format!(
            "line {line}: the card is larger than {most} KiB, so only what a contact can say of it is kept, without its photo"
        ));
    }
    Draft {
        document: document.value,
        groups: None,
        notes,
        picture: kept
            .as_ref()
            .and_then(|_| card::picture(card))
            .map(|bytes| sha256(&bytes)),
        card: kept,
    }
}
