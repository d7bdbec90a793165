//! Address books as files: from contacts to bytes.

use super::{Contact, card};
use contact_csv::Writer;
use vcard::{Card, Draft, NotADocument, Photo, Target};

/// What an export is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv(contact_csv::Form),
    Cards(Target),
}

impl Form {
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv(_) => "text/csv; charset=utf-8; header=present",
            Self::Cards(_) => "text/vcard; charset=utf-8",
        }
    }

    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Json => "contacts.json",
            Self::Csv(_) => "contacts.csv",
            Self::Cards(_) => "contacts.vcf",
        }
    }

    /// Do its entries name the groups?
    #[must_use]
    pub const fn names_groups(self) -> bool {
        matches!(self, Self::Csv(_))
    }

    /// Can it say what a card says that is about no single contact?
    #[must_use]
    pub const fn has_cards(self) -> bool {
        matches!(self, Self::Cards(_))
    }

    /// What stands before the first contact.
    #[must_use]
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Json => b"[\n".to_vec(),
            Self::Csv(form) => Writer::new(form).header(),
            Self::Cards(_) => Vec::new(),
        }
    }

    /// A contact, with the card that was kept of it and the portrait that this does not hold. `groups` are the names of
    /// its groups.
    pub fn entry(
        self,
        contact: &Contact,
        (kept, portrait): (Option<&[u8]>, Option<&Photo>),
        groups: &[String],
        is_first: bool,
    ) -> Result<Vec<u8>, NotADocument> {
        Ok(match self {
            Self::Json => {
                let separator = if is_first { "" } else { ",\n" };
                format!("{separator}{}", contact.view()).into_bytes()
            }
            Self::Csv(form) => Writer::new(form).row(&contact.view(), groups),
            Self::Cards(target) => as_card(contact, kept, portrait, target)?,
        })
    }

    /// What stands behind the last contact.
    #[must_use]
    pub fn foot(self) -> Vec<u8> {
        match self {
            Self::Json => b"\n]\n".to_vec(),
            Self::Csv(_) | Self::Cards(_) => Vec::new(),
        }
    }
}

/// Is this card what an export has of the contact, in some version?
#[must_use]
pub fn is_ours(
    contact: &Contact,
    kept: Option<&[u8]>,
    portrait: Option<&Photo>,
    sent: &[u8],
) -> bool {
    let targets = [Target::V3_0, Target::V4_0].into_iter();
    let mut cards = targets.filter_map(|target| as_card(contact, kept, portrait, target).ok());
    cards.any(|card| card == sent)
}

/// The card that was kept, byte for byte where its version is the one that is wanted; otherwise one that is made. One
/// that has no name gets the contact's: when it comes back, it is known by that.
fn as_card(
    contact: &Contact,
    kept: Option<&[u8]>,
    portrait: Option<&Photo>,
    target: Target,
) -> Result<Vec<u8>, NotADocument> {
    let kept = kept.and_then(|bytes| Card::parse(bytes).ok());
    let mut card = vcard::convert(&card::shown(contact, kept, portrait, target)?, target);
    if card.uid().is_none() {
        name(&mut card, contact.uid());
    }
    let mut bytes = card.to_bytes().into_owned();
    if !bytes.ends_with(b"\n") {
        bytes.extend(b"\r\n");
    }
    Ok(bytes)
}

/// In the place of a name that is blank.
fn name(card: &mut Card, uid: &str) {
    let uid = Draft::text("UID", uid);
    let blank = card.first("UID").map(|property| property.position());
    match blank {
        Some(position) => card.replace(position, uid),
        None => card.add(uid),
    };
}
