use super::{ImageError, Misread};
use std::str::FromStr;

/// The formats that are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg,
    Png,
    WebP,
}

/// Brands of ISO media files (ISO/IEC 14496-12, section 4.3) that hold still pictures.
const BRANDS: [(&[u8; 4], &str); 8] = [
    (b"avif", "AVIF"),
    (b"avis", "AVIF"),
    (b"heic", "HEIC"),
    (b"heix", "HEIC"),
    (b"hevc", "HEIC"),
    (b"heim", "HEIC"),
    (b"mif1", "HEIF"),
    (b"msf1", "HEIF"),
];

const SIGNATURES: [(&[u8], &str); 7] = [
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\xFF\x0A", "JPEG XL"),
    (b"\0\0\0\x0CJXL ", "JPEG XL"),
];

impl Format {
    /// Those that pictures may come in.
    pub const INPUTS: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];
    /// Those that variants may be had in.
    pub const OUTPUTS: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];
    pub(super) const ACCEPTED: &str = "JPEG, PNG and WebP";

    /// The format that the first bytes tell, whatever the sender declared.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xFF\xD8\xFF") {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            return Some(Self::Png);
        }
        let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        webp.then_some(Self::WebP)
    }

    /// Like [`Format::sniff`], with the reason why not.
    pub(super) fn recognize(bytes: &[u8]) -> Result<Self, ImageError> {
        Self::sniff(bytes).ok_or_else(|| match foreign(bytes) {
            Some(found) => ImageError::Unsupported { found },
            None => ImageError::NotAnImage,
        })
    }

    /// As in the API and in stored items.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }
}

/// Of a format that is written.
impl FromStr for Format {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let mut formats = Self::OUTPUTS.into_iter();
        formats
            .find(|format| format.name() == text)
            .ok_or(Misread("a format must be jpeg, png or webp"))
    }
}

/// The name of an image format that is known but not read.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8) == Some(b"ftyp") {
        let brand = bytes.get(8..12)?;
        return BRANDS
            .iter()
            .find(|(known, _)| brand == known.as_slice())
            .map(|(_, name)| *name);
    }
    SIGNATURES
        .iter()
        .find(|(signature, _)| bytes.starts_with(signature))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_named() {
        let refusal = |bytes: &[u8]| Format::recognize(bytes).unwrap_err().to_string();
        for (bytes, found) in [
            (b"GIF89a\x01\0".as_slice(), "GIF"),
            (b"\0\0\0\x20ftypavif", "AVIF"),
            (b"\0\0\0\x20ftypheic", "HEIC"),
            (b"MM\0*\0\0\0\x08", "TIFF"),
        ] {
            let expected = format!("{found} is not supported; accepted are JPEG, PNG and WebP");
            assert_eq!(refusal(bytes), expected);
        }
        for bytes in [
            b"".as_slice(),
            b"hello",
            b"\xFF\xD8",
            b"RIFF\0\0\0\0WAVE",
            b"\x89PNG",
        ] {
            assert_eq!(Format::recognize(bytes), Err(ImageError::NotAnImage));
        }
    }
}
