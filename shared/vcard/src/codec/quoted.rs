//! Quoted-printable (RFC 2045, section 6.7), as 2.1 uses it.

/// Longest line with its soft line break.
const MAX_LINE: usize = 76;

/// What is no valid escape stays as it is.
pub fn decode(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let escaped = match (byte, after) {
            (b'=', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            out.push(high << 4 | low);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*byte);
        }
    }
    out
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Appends the value to a line that is `used` bytes long already, with soft line breaks.
pub fn encode(value: &str, used: usize, line_end: &str, out: &mut Vec<u8>) {
    let mut width = used;
    let bytes = value.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let edge = at + 1 == bytes.len() || width + 3 >= MAX_LINE;
        let mut code = [0; 6];
        let piece = piece(*byte, edge, &mut code);
        if width + piece.len() >= MAX_LINE {
            out.push(b'=');
            out.extend_from_slice(line_end.as_bytes());
            width = 0;
        }
        out.extend_from_slice(piece);
        width += piece.len();
    }
}

/// Colons are encoded too, so that no continued line can look like the card's end; and spaces at a
/// line's edge, which some readers strip.
fn piece(byte: u8, edge: bool, code: &mut [u8; 6]) -> &[u8] {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or(b'0');
    match byte {
        b'\n' => {
            *code = *b"=0D=0A";
            code
        }
        b' ' if !edge => b" ",
        b'!'..=b'~' if !matches!(byte, b'=' | b':') => {
            code[0] = byte;
            &code[..1]
        }
        _ => {
            (code[0], code[1], code[2]) = (b'=', digit(byte >> 4), digit(byte & 15));
            &code[..3]
        }
    }
}
