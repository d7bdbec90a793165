//! Between bytes and text: escapes, quoted-printable, base64, character sets, folding.

pub mod binary;
pub mod caret;
pub mod charset;
pub mod escape;
pub mod fold;
pub mod quoted;

use crate::version::Version;

/// Line breaks as everything inside has them: LF.
pub fn with_line_feeds(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

/// Whether values escape line breaks and commas; 2.1 knows neither.
pub const fn has_text_escapes(version: Version) -> bool {
    !matches!(version, Version::V2_1)
}
