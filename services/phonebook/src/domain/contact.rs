use super::{Fields, Pending, Photo, book};
use ports::{Timestamp, TypeId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use web::EntityTag;

pub const ID_PREFIX: &str = "con";

/// A contact with all that the server adds to what callers wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: String,
    /// 1 for the first, one more with each change that callers can see.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub fields: Fields,
    /// The book that it lies in; `None`: the one that every tenant starts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<String>,
    /// Ids of the groups that it is a member of.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// What address books call it, where that is not made of its id.
    #[serde(default, skip_serializing_if = "Names::are_made")]
    pub names: Names,
    /// A client's own vCard is kept beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_card: bool,
    /// The card describes a group. Only address books see it: to others it is no contact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_group_card: bool,
    /// SHA-256 of the picture in the kept card, in lower-case hex, once a photo is or was to be made of it. While this
    /// is set, cards show what the kept one holds; otherwise they show the photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_photo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_card: Option<SameCard>,
    /// The group that the card is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Digest of what an import last made it of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Photo>,
    /// The latest uploaded photo, while its sizes are being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Set in the bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// Tells that a version has the card of an earlier one, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameCard {
    pub version: u64,
    /// The first version with this card.
    pub since: u64,
    /// When that version came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Names that a client of an address book gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// The last segment of its address (RFC 6352, section 5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The card's `UID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

impl Names {
    fn are_made(&self) -> bool {
        *self == Self::default()
    }
}

impl Contact {
    #[must_use]
    pub fn new(fields: Fields, now: Timestamp) -> Self {
        Self {
            id: TypeId::new(ID_PREFIX).into(),
            version: 1,
            created_at: now,
            updated_at: now,
            fields,
            book: None,
            groups: BTreeSet::new(),
            names: Names::default(),
            has_card: false,
            is_group_card: false,
            card_photo: None,
            same_card: None,
            group: None,
            imported: None,
            photo: None,
            pending: None,
            deleted_at: None,
        }
    }

    /// The same contact one version later, still to be changed.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            updated_at: now.max(self.updated_at),
            same_card: None,
            ..self.clone()
        }
    }

    /// The next version of which address books see nothing, so that nobody's edit is refused for it.
    #[must_use]
    pub fn next_with_same_card(&self, now: Timestamp) -> Self {
        let mut next = self.next(now);
        next.keep_card_of(self);
        next
    }

    /// The card is still that of the version before.
    pub fn keep_card_of(&mut self, before: &Self) {
        self.same_card = Some(SameCard {
            version: self.version,
            since: before.card_version(),
            at: Some(before.card_time()),
        });
    }

    /// When its card became what it is.
    #[must_use]
    pub fn card_time(&self) -> Timestamp {
        let same = self.same_card.filter(|same| same.version == self.version);
        same.and_then(|same| same.at).unwrap_or(self.updated_at)
    }

    /// The version that its card is from.
    fn card_version(&self) -> u64 {
        let same = self.same_card.filter(|same| same.version == self.version);
        same.map_or(self.version, |same| same.since)
    }

    /// The photo that its card shows, unless the kept card holds one itself.
    #[must_use]
    pub fn photo_for_card(&self) -> Option<&Photo> {
        self.photo.as_ref().filter(|_| self.card_photo.is_none())
    }

    #[must_use]
    pub fn etag(&self) -> EntityTag {
        EntityTag::new(format_args!("v{}", self.version))
    }

    /// Of its card. Names of cards are used again after a deletion, so the version alone would not do; and a photo can be
    /// made anew without one.
    #[must_use]
    pub fn card_etag(&self) -> EntityTag {
        let portrait = self
            .photo_for_card()
            .and_then(|photo| photo.portraits().next());
        let digest = portrait.and_then(|form| form.sha256.get(..8));
        let (dash, digest) = digest.map_or(("", ""), |digest| ("-", digest));
        let version = self.card_version();
        EntityTag::new(format_args!("{}-v{version}{dash}{digest}", self.id))
    }

    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/contacts/{}", self.id)
    }

    #[must_use]
    pub fn book_id(&self) -> &str {
        self.book.as_deref().unwrap_or(book::DEFAULT)
    }

    /// The last segment of its address in an address book.
    #[must_use]
    pub fn resource(&self) -> String {
        let made = || format!("{}.vcf", self.id);
        self.names.resource.clone().unwrap_or_else(made)
    }

    /// Names of the members that callers write and that differ.
    #[must_use]
    pub fn changed_from(&self, before: &Self) -> Vec<String> {
        let mut changed = self.fields.changed_from(&before.fields);
        if self.book != before.book {
            changed.push("book_id".to_owned());
        }
        if self.groups != before.groups {
            changed.push("groups".to_owned());
        }
        changed
    }

    /// The `UID` of its card.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.names.uid.as_deref().unwrap_or(&self.id)
    }

    /// The contact as the API shows it.
    #[must_use]
    pub fn view(&self) -> Value {
        let mut view = self.fields.document();
        view["name"]["display"] = self.fields.display().into();
        view["id"] = self.id.clone().into();
        view["book_id"] = self.book_id().into();
        view["groups"] = self.groups.iter().cloned().collect();
        view["version"] = self.version.into();
        view["created_at"] = self.created_at.to_string().into();
        view["updated_at"] = self.updated_at.to_string().into();
        if let Some(photo) = &self.photo {
            view["photo"] = self.photo_view(photo);
        }
        view
    }

    fn photo_view(&self, photo: &Photo) -> Value {
        let mut view = json!({ "image_id": photo.image_id });
        for form in &photo.forms {
            view[&form.size] = format!("{}/photo?size={}", self.path(), form.size).into();
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Form, Name};

    #[test]
    fn the_view_shows_what_callers_may_see() {
        let fields = Fields {
            name: Name {
                given: Some("Ada".into()),
                ..Name::default()
            },
            ..Fields::default()
        };
        let mut contact = Contact::new(fields, Timestamp::from_millis(1_700_000_000_123));
        contact.photo = Some(Photo {
            image_id: "img_1".into(),
            forms: vec![Form {
                size: "thumb".into(),
                format: "jpeg".into(),
                blob: "secret/key".into(),
                sha256: "ab".into(),
            }],
        });
        let id = &contact.id;
        let expected = json!({
            "id": id, "version": 1, "book_id": book::DEFAULT, "groups": [], "name": {"given": "Ada", "display": "Ada"},
            "phones": [], "emails": [], "addresses": [], "urls": [], "custom": {},
            "created_at": "2023-11-14T22:13:20.123Z", "updated_at": "2023-11-14T22:13:20.123Z",
            "photo": {"image_id": "img_1", "thumb": format!("/v1/contacts/{id}/photo?size=thumb")},
        });
        assert_eq!(contact.view(), expected);
    }

    #[test]
    fn a_card_s_tag_changes_with_the_card_alone() {
        let now = Timestamp(1_000);
        let first = Contact::new(Fields::default(), now);
        let same = first.next_with_same_card(now).next_with_same_card(now);
        assert_eq!((same.version, same.card_etag()), (3, first.card_etag()));
        assert_eq!(first.next_with_same_card(Timestamp(9_000)).card_time(), now);
        let next = same.next(now);
        assert_ne!(next.card_etag(), first.card_etag());
        let form = |sha256: &str| Form {
            size: "small".into(),
            format: "jpeg".into(),
            blob: String::new(),
            sha256: sha256.into(),
        };
        let shown = |sha256: &str| {
            let photo = Photo {
                image_id: String::new(),
                forms: vec![form(sha256)],
            };
            Contact {
                photo: Some(photo),
                ..next.clone()
            }
        };
        assert_ne!(shown("0123456789").card_etag(), next.card_etag());
        assert_ne!(
            shown("0123456789").card_etag(),
            shown("9876543210").card_etag()
        );
        let kept = Contact {
            card_photo: Some(String::new()),
            ..shown("0123456789")
        };
        assert_eq!(kept.card_etag(), next.card_etag());
    }

    #[test]
    fn a_clock_that_went_back_does_not_take_updated_at_along() {
        let contact = Contact::new(Fields::default(), Timestamp(2_000));
        assert_eq!(contact.next(Timestamp(1_000)).updated_at, Timestamp(2_000));
        assert_eq!(contact.next(Timestamp(3_000)).version, 2);
    }
}
