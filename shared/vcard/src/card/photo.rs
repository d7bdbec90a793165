//! The picture in or behind `PHOTO`.

use super::{Card, Edits};
use crate::{
    codec::binary,
    draft::{Content, Draft},
    property::Property,
    version::Version,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Photo {
    Inline {
        /// Such as `image/jpeg`; not always said, and not always true.
        media_type: Option<String>,
        bytes: Vec<u8>,
    },
    Uri(String),
}

impl Card {
    /// The first photo that can be read.
    #[must_use]
    pub fn photo(&self) -> Option<Photo> {
        self.named("PHOTO")
            .find_map(|property| Photo::read(&property))
    }

    /// Writes the photo in the place of the first one, and leaves no other; `None` leaves none at all.
    pub fn set_photo(&mut self, photo: Option<&Photo>) {
        let places: Vec<usize> = self
            .named("PHOTO")
            .map(|property| property.position())
            .collect();
        let mut edits = Edits::default();
        for position in &places {
            edits.remove(*position);
        }
        let draft = photo.map(|photo| photo.draft("PHOTO", self.version));
        match (draft, places.first()) {
            (Some(draft), Some(first)) => edits.replace(*first, draft),
            (Some(draft), None) => edits.add(draft),
            (None, _) => {}
        }
        *self = self.edited(&edits);
    }
}

impl Photo {
    /// Of any property that holds or names bytes: `PHOTO`, `LOGO`, `SOUND`, `KEY`.
    pub(crate) fn read(property: &Property<'_>) -> Option<Self> {
        if property.is_base64() {
            let bytes = property.bytes().filter(|bytes| !bytes.is_empty())?;
            let media_type = media_type(property);
            return Some(Self::Inline { media_type, bytes });
        }
        let text = property.text();
        let uri = text.trim();
        if let Some((media_type, bytes)) = binary::from_data_uri(uri) {
            return Some(Self::Inline { media_type, bytes });
        }
        (!uri.is_empty()).then(|| Self::Uri(uri.to_owned()))
    }

    pub(crate) fn draft(&self, name: &str, version: Version) -> Draft {
        match (self, version) {
            (Self::Uri(uri), Version::V4_0) => Draft::new(name, Content::Uri(uri.clone())),
            (Self::Uri(uri), Version::V3_0) => {
                Draft::new(name, Content::Uri(uri.clone())).with_parameter("VALUE", "uri")
            }
            (Self::Uri(uri), Version::V2_1) => {
                Draft::new(name, Content::Uri(uri.clone())).with_parameter("VALUE", "URL")
            }
            (Self::Inline { media_type, bytes }, Version::V4_0) => {
                let uri = binary::to_data_uri(media_type.as_deref(), bytes);
                Draft::new(name, Content::Uri(uri))
            }
            (Self::Inline { media_type, bytes }, _) => {
                let mut draft = Draft::new(name, Content::Binary(bytes.clone()));
                draft.add_types(media_type.as_deref().map(type_name).into_iter());
                draft
            }
        }
    }
}

/// `TYPE=JPEG` of a photo is `image/jpeg`.
fn media_type(property: &Property<'_>) -> Option<String> {
    if let Some(media_type) = property.parameter("MEDIATYPE").next() {
        return Some(media_type.to_ascii_lowercase());
    }
    let is_place = |kind: &&str| {
        ["home", "work", "pref"]
            .iter()
            .any(|w| w.eq_ignore_ascii_case(kind))
    };
    let kind = property.types().find(|kind| !is_place(kind))?;
    let kind = kind.to_ascii_lowercase();
    Some(match (property.name(), kind.as_str()) {
        _ if kind.contains('/') => kind,
        ("PHOTO" | "LOGO", "jpg") => "image/jpeg".to_owned(),
        ("SOUND", _) => format!("audio/{kind}"),
        ("KEY", "pgp") => "application/pgp-keys".to_owned(),
        ("KEY", "x509") => "application/pkix-cert".to_owned(),
        ("KEY", _) => format!("application/{kind}"),
        _ => format!("image/{kind}"),
    })
}

fn type_name(media_type: &str) -> String {
    match media_type {
        "application/pgp-keys" => "PGP".to_owned(),
        "application/pkix-cert" => "X509".to_owned(),
        _ => {
            let subtype = media_type.rsplit('/').next().unwrap_or(media_type);
            subtype.to_ascii_uppercase()
        }
    }
}
