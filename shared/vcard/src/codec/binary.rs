//! Base64 and `data:` URIs (RFC 2397).

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Padding is often missing in the wild, and the last bits are often not zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let kept: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    LENIENT.decode(kept).ok()
}

pub fn encode(bytes: &[u8]) -> String {
    LENIENT.encode(bytes)
}

/// Media type and bytes of a base64 `data:` URI.
pub fn from_data_uri(uri: &str) -> Option<(Option<String>, Vec<u8>)> {
    let rest = uri.get(5..).filter(|_| is_data_uri(uri))?;
    let (head, data) = rest.split_once(',')?;
    // Commas and semicolons in URIs are escaped by some.
    let head = head.trim_end_matches('\\').replace("\\;", ";");
    let media_type = head.strip_suffix(";base64")?;
    let media_type = (!media_type.is_empty()).then(|| media_type.to_owned());
    Some((media_type, decode(data.as_bytes())?))
}

pub fn is_data_uri(uri: &str) -> bool {
    uri.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

pub fn to_data_uri(media_type: Option<&str>, bytes: &[u8]) -> String {
    let media_type = media_type.unwrap_or("application/octet-stream");
    format!("data:{media_type};base64,{}", encode(bytes))
}
