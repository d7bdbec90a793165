//! Heads with more fields than the server takes, but no more than the API allows.

use super::refusal::{MAX_FIELDS, Refusal, check_size, without_leading_lines};
use actix_http::h1::{Codec, Message};
use actix_web::http::header::{self, HeaderMap};
use bytes::BytesMut;
use std::mem;
use tokio_util::codec::Decoder;

/// What the server takes.
const SERVER_FIELDS: usize = 96;
/// Fields that the server itself reads, and therefore has to see (RFC 9112; RFC 9110, sections 7 and 10.1.1).
const FRAMING: [&str; 6] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "expect",
];

/// A crowded head, made fit for the server.
#[derive(Debug)]
pub struct Thinned {
    /// Bytes of the head as it came.
    pub length: usize,
    /// The head as the server will read it.
    pub head: BytesMut,
    /// What was taken out.
    pub moved: HeaderMap,
}

/// Takes out fields that mean nothing to the server. `None`: the head has not come to its end.
pub fn thin(bytes: &[u8], codec: &mut Codec) -> Result<Option<Thinned>, Refusal> {
    let Some(lines) = Lines::read(bytes)? else {
        return Ok(None);
    };
    check_size(&bytes[..lines.length])?;
    let mut surplus = lines.fields.len().saturating_sub(SERVER_FIELDS);
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    // The last ones go, so that fields of one name stay in order.
    for field in lines.fields.into_iter().rev() {
        if surplus > 0 && !is_framing(field) {
            surplus -= 1;
            moved.push(field);
        } else {
            kept.push(field);
        }
    }
    if surplus > 0 {
        return Err(Refusal::TooManyFields);
    }
    Ok(Some(Thinned {
        length: lines.length,
        head: head(lines.request_line, &kept),
        moved: read(&moved, codec)?,
    }))
}

/// The fields, which come in reverse, as the server's decoder reads them in a request of their own.
fn read(fields: &[&[u8]], codec: &mut Codec) -> Result<HeaderMap, Refusal> {
    let mut aside = head(b"GET / HTTP/1.1\r\nhost: aside\r\n", fields);
    match codec.decode(&mut aside) {
        Ok(Some(Message::Item(mut request))) => {
            let mut headers = mem::take(&mut request.head_mut().headers);
            headers.remove(header::HOST);
            Ok(headers)
        }
        _ => Err(Refusal::Malformed),
    }
}

fn head(start: &[u8], reversed: &[&[u8]]) -> BytesMut {
    let mut head = BytesMut::from(start);
    for field in reversed.iter().rev() {
        head.extend_from_slice(field);
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn is_framing(field: &[u8]) -> bool {
    let name = field.split(|byte| *byte == b':').next().unwrap_or_default();
    FRAMING
        .iter()
        .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// A whole head, each line with its end.
struct Lines<'a> {
    request_line: &'a [u8],
    fields: Vec<&'a [u8]>,
    length: usize,
}

impl<'a> Lines<'a> {
    /// Too many fields are too many before the end of the head, too.
    fn read(bytes: &'a [u8]) -> Result<Option<Self>, Refusal> {
        let head = without_leading_lines(bytes);
        let mut length = bytes.len() - head.len();
        let mut lines = head
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n"));
        let request_line = lines.next().unwrap_or_default();
        length += request_line.len();
        let mut fields = Vec::new();
        for line in lines {
            length += line.len();
            if matches!(line, b"\r\n" | b"\n") {
                return Ok(Some(Self {
                    request_line,
                    fields,
                    length,
                }));
            }
            fields.push(line);
            if fields.len() > MAX_FIELDS {
                return Err(Refusal::TooManyFields);
            }
        }
        Ok(None)
    }
}
