//! Character sets: what `CHARSET=` says, else UTF-8, else what Western producers meant when it is none.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// Never fails: what a set does not have becomes U+FFFD.
pub fn decode<'b>(bytes: &'b [u8], label: Option<&str>) -> Cow<'b, str> {
    let set = label
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .unwrap_or(UTF_8);
    // What is valid UTF-8 is nothing else: labels outlive conversions of whole files.
    let mislabelled = set.is_single_byte()
        && !bytes.is_ascii()
        && Encoding::utf8_valid_up_to(bytes) == bytes.len();
    if set != UTF_8 && !mislabelled {
        return set.decode_without_bom_handling(bytes).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}
