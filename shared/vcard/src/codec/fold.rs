//! Long lines (RFC 6350, section 3.2).

/// Octets of a physical line, without its end.
pub const MAX_OCTETS: usize = 75;

/// Appends the line with its end, folded between characters.
pub fn fold(line: &str, line_end: &str, out: &mut Vec<u8>) {
    let mut rest = line;
    let mut room = MAX_OCTETS;
    while rest.len() > room {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(room));
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(line_end.as_bytes());
        out.push(b' ');
        rest = tail;
        room = MAX_OCTETS - 1;
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(line_end.as_bytes());
}
