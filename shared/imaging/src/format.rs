use super::{ImageError, Misread};
use std::str::FromStr;

/// The formats that are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
    Avif,
}

/// Brands of ISO media files (ISO/IEC 14496-12, section 4.3) that hold still pictures in codecs that are not read.
const BRANDS: [(&[u8; 4], &str); 6] = [
    (b"heic", "HEIC"),
    (b"heix", "HEIC"),
    (b"hevc", "HEIC"),
    (b"heim", "HEIC"),
    (b"mif1", "HEIF"),
    (b"msf1", "HEIF"),
];

const SIGNATURES: [(&[u8], &str); 5] = [
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\xFF\x0A", "JPEG XL"),
    (b"\0\0\0\x0CJXL ", "JPEG XL"),
];

impl Format {
    /// Those that pictures may come in.
    pub const INPUTS: [Self; 5] = [Self::Jpeg, Self::Png, Self::WebP, Self::Gif, Self::Avif];
    /// Those that variants may be had in.
    pub const OUTPUTS: [Self; 4] = [Self::Jpeg, Self::Png, Self::WebP, Self::Avif];
    pub(super) const ACCEPTED: &str = "JPEG, PNG, WebP, GIF and AVIF";

    /// The format that the first bytes tell, whatever the sender declared.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xFF\xD8\xFF") {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            return Some(Self::Png);
        }
        if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            return Some(Self::Gif);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Some(Self::WebP);
        }
        let avif = brands(bytes).any(|brand| matches!(&brand, b"avif" | b"avis"));
        avif.then_some(Self::Avif)
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
            Self::Gif => "gif",
            Self::Avif => "avif",
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
        }
    }

    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
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
            .ok_or(Misread("a format must be jpeg, png, webp or avif"))
    }
}

/// The name of an image format that is known but not read.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let names = |brand: &[u8; 4]| BRANDS.iter().find(|(known, _)| brand == *known);
    if let Some((_, name)) = brands(bytes).find_map(|brand| names(&brand)) {
        return Some(name);
    }
    SIGNATURES
        .iter()
        .find(|(signature, _)| bytes.starts_with(signature))
        .map(|(_, name)| *name)
}

/// Of an ISO media file: its own brand, then, after a version, those that it can be read as.
fn brands(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    let length = bytes
        .first_chunk()
        .map_or(0, |length| u32::from_be_bytes(*length));
    let end = bytes.len().min(length as usize);
    let is_media = bytes.get(4..8) == Some(b"ftyp");
    let listed = bytes.get(8..end).filter(|_| is_media).unwrap_or_default();
    let brands = listed.as_chunks().0.iter().enumerate();
    brands
        .filter(|(place, _)| *place != 1)
        .map(|(_, brand)| *brand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_file_is_told_by_any_of_its_brands() {
        for file in [
            b"\0\0\0\x20ftypavif".as_slice(),
            b"\0\0\0\x20ftypavis\0\0\0\0",
            b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
        ] {
            assert_eq!(Format::sniff(file), Some(Format::Avif));
        }
        // Beyond the box, and a version that looks like a brand.
        for other in [
            b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif",
            b"\0\0\0\x18ftypmif1avifmif1heic",
        ] {
            assert_eq!(Format::sniff(other), None);
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let refusal = |bytes: &[u8]| Format::recognize(bytes).unwrap_err().to_string();
        for (bytes, found) in [
            (b"BM\x01\0".as_slice(), "BMP"),
            (b"\0\0\0\x20ftypheic", "HEIC"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF"),
            (b"MM\0*\0\0\0\x08", "TIFF"),
        ] {
            let expected =
                format!("{found} is not supported; accepted are JPEG, PNG, WebP, GIF and AVIF");
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
