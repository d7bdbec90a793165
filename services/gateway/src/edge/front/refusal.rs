use web::{Problem, ProblemKind};

/// Longest request line in bytes, without its line end.
pub const MAX_LINE: usize = 16 << 10;
/// Largest header block in bytes, each field with its line end.
pub const MAX_BLOCK: usize = 64 << 10;
pub const MAX_FIELDS: usize = 100;
/// Bytes of empty lines that a client may send ahead of a head (RFC 9112, section 2.2).
const MAX_AHEAD: usize = 64;

/// Why a request's head is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    LineTooLong,
    BlockTooLarge,
    TooManyFields,
    Malformed,
    TooSlow,
}

impl Refusal {
    pub fn problem(self) -> Problem {
        let (kind, detail) = match self {
            Self::LineTooLong => (
                ProblemKind::UriTooLong,
                format!("the request line is longer than {MAX_LINE} bytes"),
            ),
            Self::BlockTooLarge => (
                ProblemKind::HeadersTooLarge,
                format!("the headers are larger than {MAX_BLOCK} bytes"),
            ),
            Self::TooManyFields => (
                ProblemKind::HeadersTooLarge,
                format!("there are more than {MAX_FIELDS} headers"),
            ),
            Self::Malformed => (
                ProblemKind::MalformedRequest,
                "the request line or a header is malformed, or Host is missing".to_owned(),
            ),
            Self::TooSlow => (
                ProblemKind::RequestTimeout,
                "the request's head did not arrive in time".to_owned(),
            ),
        };
        Problem::new(kind, detail)
    }
}

/// Measures a head, or what is there of one. How many fields it has is for others to count.
pub fn check_size(head: &[u8]) -> Result<(), Refusal> {
    let all = head.len();
    let head = without_leading_lines(head);
    if all - head.len() > MAX_AHEAD {
        return Err(Refusal::Malformed);
    }
    if head.len() <= MAX_LINE {
        return Ok(());
    }
    let (line, block) = match split_line(head) {
        (line, Some(block)) => (line, without_empty_line(block)),
        (line, None) => (line, &[][..]),
    };
    if line.len() > MAX_LINE {
        Err(Refusal::LineTooLong)
    } else if block.len() > MAX_BLOCK {
        Err(Refusal::BlockTooLarge)
    } else {
        Ok(())
    }
}

pub fn without_leading_lines(head: &[u8]) -> &[u8] {
    let start = head.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
    &head[start.unwrap_or(head.len())..]
}

/// The first line without its end, and what follows once that has come.
fn split_line(head: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = head.iter().position(|byte| *byte == b'\n');
    let line = &head[..end.unwrap_or(head.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (line, end.map(|end| &head[end + 1..]))
}

/// The empty line that ends a head is not part of the block, nor is the beginning of it.
fn without_empty_line(block: &[u8]) -> &[u8] {
    ["\r\n", "\n", "\r"]
        .iter()
        .filter_map(|end| block.strip_suffix(end.as_bytes()))
        .find(|rest| rest.is_empty() || rest.ends_with(b"\n"))
        .unwrap_or(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: usize, block: usize, end: &str) -> Vec<u8> {
        let line = format!("GET /{} HTTP/1.1\r\n", "x".repeat(line - 14));
        let block = format!("a: {}\r\n", "y".repeat(block - 5));
        format!("{line}{block}{end}").into_bytes()
    }

    #[test]
    fn sizes_are_exact_however_much_has_come() {
        let line = "x".repeat(MAX_LINE);
        assert_eq!(check_size(line.as_bytes()), Ok(()));
        assert_eq!(check_size(format!("{line}\r").as_bytes()), Ok(()));
        assert_eq!(
            check_size(format!("{line}x").as_bytes()),
            Err(Refusal::LineTooLong)
        );
        for end in ["", "\r", "\r\n", "\n"] {
            assert_eq!(check_size(&head(MAX_LINE, MAX_BLOCK, end)), Ok(()));
            assert_eq!(
                check_size(&head(MAX_LINE + 1, 10, end)),
                Err(Refusal::LineTooLong)
            );
            assert_eq!(
                check_size(&head(20, MAX_BLOCK + 1, end)),
                Err(Refusal::BlockTooLarge)
            );
        }
    }

    #[test]
    fn empty_lines_ahead_do_not_count_but_have_an_end() {
        let ahead = [b"\r\n".to_vec(), head(MAX_LINE, MAX_BLOCK, "\r\n")].concat();
        assert_eq!(check_size(&ahead), Ok(()));
        let flood = b"\r\n".repeat(MAX_AHEAD);
        assert_eq!(check_size(&flood), Err(Refusal::Malformed));
    }
}
