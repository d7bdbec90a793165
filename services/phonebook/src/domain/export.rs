//! Address books as files: from contacts to bytes.

use super::Contact;
use contact_csv::Writer;
use ports::Timestamp;
use vcard::{NotADocument, Target};

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

    /// What stands before the first contact.
    #[must_use]
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Json => b"[\n".to_vec(),
            Self::Csv(form) => Writer::new(form).header(),
            Self::Cards(_) => Vec::new(),
        }
    }

    /// A contact. `groups` are the names of its groups.
    pub fn entry(
        self,
        contact: &Contact,
        groups: &[String],
        is_first: bool,
    ) -> Result<Vec<u8>, NotADocument> {
        Ok(match self {
            Self::Json => {
                let separator = if is_first { "" } else { ",\n" };
                format!("{separator}{}", contact.view()).into_bytes()
            }
            Self::Csv(form) => Writer::new(form).row(&contact.view(), groups),
            Self::Cards(target) => card(contact, target)?,
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

fn card(contact: &Contact, target: Target) -> Result<Vec<u8>, NotADocument> {
    let uid = contact.names.uid.as_deref().unwrap_or(&contact.id);
    let document = contact.fields.document();
    let card = vcard::create(&document, target, uid, &revision(contact.updated_at))?;
    Ok(card.to_bytes().into_owned())
}

/// A time in ISO 8601's basic form, as `REV` has it.
fn revision(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches('Z');
    let basic: String = seconds
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    format!("{basic}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_basic() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        assert_eq!(revision(at), "20231114T221320Z");
    }
}
