use super::{
    Malformed, chunked,
    head::{self, Framing},
};

/// Which half of an exchange is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Request,
    Response,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Of an answer; a request has none.
    pub status: Option<u16>,
    /// The sender closes the connection after this message.
    pub close: bool,
    pub body: Vec<u8>,
    /// Bytes that its head took.
    pub head: usize,
    /// Bytes that the message took.
    pub length: usize,
}

/// The first message in `bytes`; `None` while its end has not come yet. It looks at the bytes from their start every time:
/// nearly every message arrives in one piece.
pub fn parse(bytes: &[u8], side: Side) -> Result<Option<Message>, Malformed> {
    let Some(head) = head::parse(bytes, side)? else {
        return Ok(None);
    };
    let rest = &bytes[head.length..];
    let body = match head.framing {
        Framing::Empty => Some((Vec::new(), 0)),
        Framing::Length(length) => rest.get(..length).map(|body| (body.to_vec(), length)),
        Framing::Chunked => chunked::decode(rest)?,
    };
    Ok(body.map(|(body, taken)| Message {
        status: head.status,
        close: head.close,
        body,
        head: head.length,
        length: head.length + taken,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{MAX_BODY, MAX_HEAD, field};
    use proptest::{collection::vec, prelude::*};

    fn response(bytes: &[u8]) -> Result<Option<Message>, Malformed> {
        parse(bytes, Side::Response)
    }

    /// The body as chunks of the given sizes, the rest as one more.
    fn chunks(body: &[u8], sizes: &[usize]) -> Vec<u8> {
        let (mut out, mut rest) = (Vec::new(), body);
        for size in sizes.iter().copied().chain([body.len()]) {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            if !chunk.is_empty() {
                out.extend(format!("{:x};note=\"one\"\r\n", chunk.len()).into_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            rest = after;
        }
        out.extend_from_slice(b"0\r\nexpires: never\r\n\r\n");
        out
    }

    fn message(body: &[u8], sizes: Option<&[usize]>) -> Vec<u8> {
        let (field, body) = match sizes {
            Some(sizes) => ("transfer-encoding: chunked".into(), chunks(body, sizes)),
            None => (format!("Content-Length: {}", body.len()), body.to_vec()),
        };
        let mut bytes = format!("HTTP/1.1 201 Created\r\n{field}\r\n\r\n").into_bytes();
        bytes.extend(body);
        bytes
    }

    proptest! {
        #[test]
        fn never_panics(bytes in vec(any::<u8>(), 0..600)) {
            for side in [Side::Request, Side::Response] {
                let _ = parse(&bytes, side);
            }
        }

        #[test]
        fn never_panics_on_nearly_right_bytes(
            head in "HTTP/1\\.1 [0-9]{3} \r\n((content-length|transfer-encoding|x): ?([0-9]{1,20}|chunked)\r\n){0,3}\r\n",
            rest in "([0-9a-fA-F]{1,17}\r\n|\r\n|[a-z]{0,9}){0,6}",
        ) {
            let bytes = [head.as_bytes(), rest.as_bytes()].concat();
            if let Ok(Some(message)) = response(&bytes) {
                prop_assert!(message.length <= bytes.len() && message.body.len() <= rest.len());
            }
        }

        #[test]
        fn reads_what_was_written_however_it_was_framed(
            body in vec(any::<u8>(), 0..300),
            sizes in proptest::option::of(vec(0usize..80, 0..6)),
            next in vec(any::<u8>(), 0..20),
        ) {
            let mut bytes = message(&body, sizes.as_deref());
            let length = bytes.len();
            bytes.extend(next);
            let message = response(&bytes).unwrap().unwrap();
            prop_assert!(bytes[..message.head].ends_with(b"\r\n\r\n"));
            let expected = Message { status: Some(201), close: false, body, head: message.head, length };
            prop_assert_eq!(message, expected);
        }

        #[test]
        fn waits_for_the_rest_of_every_beginning(
            body in vec(any::<u8>(), 1..120),
            sizes in proptest::option::of(vec(0usize..40, 0..4)),
        ) {
            let bytes = message(&body, sizes.as_deref());
            for end in 0..bytes.len() {
                prop_assert_eq!(response(&bytes[..end]), Ok(None));
            }
        }
    }

    #[test]
    fn finds_the_fields_of_a_head_and_nothing_in_the_body() {
        let bytes = b"HTTP/1.1 200 OK\r\nETag: \"1\" \r\ncontent-length: 6\r\n\r\nx: y\r\n";
        let message = response(bytes).unwrap().unwrap();
        let head = &bytes[..message.head];
        assert_eq!(field(head, "etag"), Some("\"1\""));
        assert_eq!(
            (field(head, "x"), field(head, "HTTP/1.1 200 OK")),
            (None, None)
        );
    }

    #[test]
    fn an_old_server_closes_after_its_answer() {
        let bytes = b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        let message = response(bytes).unwrap().unwrap();
        assert!(message.close && message.body == b"hi");
    }

    #[test]
    fn some_answers_have_no_body() {
        for status in [100, 204, 304] {
            let bytes = format!("HTTP/1.1 {status} \r\ncontent-length: 5\r\n\r\n");
            let message = response(bytes.as_bytes()).unwrap().unwrap();
            assert_eq!((message.status, message.body), (Some(status), Vec::new()));
        }
    }

    #[test]
    fn a_request_without_a_length_has_no_body() {
        let bytes = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
        let message = parse(bytes, Side::Request).unwrap().unwrap();
        assert!(message.close && message.status.is_none() && message.body.is_empty());
    }

    #[test]
    fn refuses_what_has_no_sure_end() {
        for (fields, fault) in [
            ("", Malformed::Unframed),
            ("content-length: +1\r\n", Malformed::Length),
            (
                "content-length: 1\r\ncontent-length: 2\r\n",
                Malformed::Length,
            ),
            (
                "content-length: 1\r\ntransfer-encoding: chunked\r\n",
                Malformed::Length,
            ),
            ("transfer-encoding: gzip, chunked\r\n", Malformed::Coding),
            ("content-length : 1\r\n", Malformed::Header),
        ] {
            let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
            assert_eq!(response(bytes.as_bytes()), Err(fault), "{fields:?}");
        }
    }

    #[test]
    fn refuses_what_is_too_long() {
        let endless = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; MAX_HEAD]].concat();
        assert_eq!(response(&endless), Err(Malformed::HeadTooLong));
        let long = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            MAX_BODY + 1
        );
        assert_eq!(response(long.as_bytes()), Err(Malformed::BodyTooLong));
        let chunked = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
            MAX_BODY + 1
        );
        assert_eq!(response(chunked.as_bytes()), Err(Malformed::BodyTooLong));
    }
}
