use contracts::images::Variant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The sizes of a contact's photo: presets of `image-resize`.
pub const SIZES: [&str; 3] = ["thumb", "small", "large"];

/// The sizes that a card can show, the best first. Phones fill their screens with the picture of a caller: for that
/// `thumb` is too coarse, and `large` too many bytes to come with every change of a card.
const PORTRAITS: [&str; 2] = ["small", "thumb"];
/// A picture of more bytes does not go into a card, which has to keep room for what else it says.
pub const MAX_PORTRAIT_BYTES: usize = 256 << 10;

/// Bytes of an upload that tell what it is.
pub const HEADER_BYTES: u64 = 16;

/// A contact's photo in all its stored forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    pub image_id: String,
    pub forms: Vec<Form>,
}

/// One size in one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub size: String,
    /// `jpeg`, `png` or `webp`.
    pub format: String,
    /// Blob key.
    pub blob: String,
    /// Of the bytes, in lower-case hex.
    pub sha256: String,
}

/// A photo whose sizes are being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub image_id: String,
    /// Of an upload, which was answered with it; nobody follows a picture that came in a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
}

impl Photo {
    /// Of the finished image; variants that are no size of ours are left out.
    #[must_use]
    pub fn new(image_id: &str, variants: &[Variant]) -> Self {
        let forms = variants
            .iter()
            .filter(|variant| SIZES.contains(&variant.name.as_str()));
        Self {
            image_id: image_id.to_owned(),
            forms: forms
                .filter_map(|variant| {
                    Some(Form {
                        size: variant.name.clone(),
                        format: variant.format.clone(),
                        blob: variant.blob.clone()?,
                        sha256: variant.sha256.clone(),
                    })
                })
                .collect(),
        }
    }
}

impl Photo {
    /// The forms that a card can show, the best first: JPEG is what every address book knows.
    pub fn portraits(&self) -> impl Iterator<Item = &Form> {
        PORTRAITS.iter().filter_map(|size| {
            let mut forms = self.forms.iter();
            forms.find(|form| form.size == *size && form.format == "jpeg")
        })
    }

    /// Is one of its forms made of exactly these bytes?
    #[must_use]
    pub fn has(&self, sha256: &str) -> bool {
        self.forms.iter().any(|form| form.sha256 == sha256)
    }
}

/// In lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let halves = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut hex = String::with_capacity(2 * hash.len());
    hex.extend(halves.filter_map(|half| char::from_digit(half.into(), 16)));
    hex
}

/// Do the first bytes promise a JPEG, PNG or WebP picture?
#[must_use]
pub fn looks_like_a_picture(header: &[u8]) -> bool {
    header.starts_with(b"\xff\xd8\xff")
        || header.starts_with(b"\x89PNG\r\n\x1a\n")
        || (header.starts_with(b"RIFF") && header.get(8..12) == Some(b"WEBP"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert!(looks_like_a_picture(b"\xff\xd8\xff\xe0\0\x10JFIF"));
        assert!(looks_like_a_picture(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
        assert!(looks_like_a_picture(b"RIFF\x10\0\0\0WEBPVP8 "));
        for other in [
            &b""[..],
            b"GIF89a",
            b"RIFF\x10\0\0\0WAVE",
            b"<svg/>",
            b"\xff\xd8",
        ] {
            assert!(!looks_like_a_picture(other));
        }
    }

    proptest! {
        #[test]
        fn never_panics(header in proptest::collection::vec(any::<u8>(), 0..20)) {
            let _ = looks_like_a_picture(&header);
        }
    }
}
