use super::{
    crowded::{self, Thinned},
    notes::{Note, Notes},
    refusal::{Refusal, check_size},
};
use actix_http::{
    Request, ServiceConfig,
    error::ParseError,
    h1::{Codec, Message, MessageType},
};
use bytes::{Buf, BytesMut};
use std::rc::Rc;
use tokio_util::codec::Decoder;

/// Stands for a head that is refused. The rest of what the client sends counts as its body, which the server reads and drops
/// while it closes the connection: a client that is still sending gets to see the answer.
const REFUSED: &[u8] =
    b"REFUSED / HTTP/1.1\r\nhost: refused\r\ncontent-length: 9223372036854775807\r\n\r\n";

/// What the server is to read.
#[derive(Debug, PartialEq, Eq)]
pub enum Passed {
    /// What came, as it came.
    AsItCame,
    /// This instead; nothing when a head has not come to its end.
    Instead(BytesMut),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Body,
    /// Behind a refused head.
    Refused,
    /// In a body that is framed wrongly: where the next head begins is not known.
    Lost,
}

enum Step {
    On,
    /// The head was passed in another form.
    Thinned(Thinned),
    /// More has to come.
    Wait,
    Lost,
}

/// Reads the bytes of one connection as the server will, a step ahead of it.
pub struct Reader {
    codec: Codec,
    /// What the decoder has not read: the beginning of a head, which is withheld, or of a chunk, which is not.
    ahead: BytesMut,
    place: Place,
    notes: Rc<Notes>,
}

impl Reader {
    pub fn new(config: ServiceConfig) -> Self {
        Self {
            codec: Codec::new(config),
            ahead: BytesMut::new(),
            place: Place::Head,
            notes: Rc::default(),
        }
    }

    pub fn notes(&self) -> &Rc<Notes> {
        &self.notes
    }

    /// The beginning of a head is withheld.
    pub fn withholds(&self) -> bool {
        self.place == Place::Head && !self.ahead.is_empty()
    }

    /// Nothing that comes now can be read.
    pub fn is_lost(&self) -> bool {
        self.place == Place::Lost
    }

    /// Takes the next bytes of the connection.
    pub fn read(&mut self, new: &[u8]) -> Passed {
        match self.place {
            Place::Refused => return Passed::AsItCame,
            Place::Lost => return Passed::Instead(BytesMut::new()),
            Place::Head | Place::Body => {}
        }
        if !self.withholds() {
            self.ahead.extend_from_slice(new);
            return self.read_on(new);
        }
        self.ahead.extend_from_slice(new);
        // A head ends with a line: one that trickles in is not read anew with every byte.
        if !new.contains(&b'\n') {
            let refused = check_size(&self.ahead).map_err(|refusal| self.refuse(refusal));
            return Passed::Instead(refused.err().unwrap_or_default());
        }
        let all = self.ahead.clone();
        match self.read_on(&all) {
            Passed::AsItCame => Passed::Instead(all),
            passed => passed,
        }
    }

    /// Gives up the head that is awaited; the answer is what the server is to read.
    pub fn refuse(&mut self, refusal: Refusal) -> BytesMut {
        self.ahead = BytesMut::new();
        self.place = Place::Refused;
        self.notes.pass_with(Note::Refused(refusal));
        BytesMut::from(REFUSED)
    }

    /// Reads as far as it goes; `bytes` are the last that have come.
    fn read_on(&mut self, bytes: &[u8]) -> Passed {
        let mut output = Output::new(bytes);
        loop {
            let start = bytes.len().saturating_sub(self.ahead.len());
            match self.step(&bytes[start..]) {
                Ok(Step::On) => {}
                Ok(Step::Thinned(thinned)) => {
                    output.replace(start, &thinned.head, start + thinned.length);
                }
                Ok(Step::Wait) if self.withholds() => return output.end(start),
                Ok(Step::Wait) => return output.end(bytes.len()),
                Ok(Step::Lost) => {
                    self.place = Place::Lost;
                    return output.end(start);
                }
                Err(refusal) => {
                    output.replace(start, &self.refuse(refusal), bytes.len());
                    return output.end(bytes.len());
                }
            }
        }
    }

    /// Reads one head or one piece of a body; `rest` is what is ahead.
    fn step(&mut self, rest: &[u8]) -> Result<Step, Refusal> {
        if self.ahead.is_empty() {
            return Ok(Step::Wait);
        }
        match self.codec.decode(&mut self.ahead) {
            Ok(Some(Message::Item(_))) => {
                check_size(&rest[..rest.len() - self.ahead.len()])?;
                self.notes.pass();
                self.enter();
            }
            Ok(Some(Message::Chunk(Some(_)))) => {}
            Ok(Some(Message::Chunk(None))) => self.place = Place::Head,
            Ok(None) => return self.wait(rest),
            // The application reads this body already: it says what is wrong when the body breaks off.
            Err(_) if self.place == Place::Body => return Ok(Step::Lost),
            Err(ParseError::TooLarge) => {
                return match crowded::thin(rest, &mut self.codec)? {
                    Some(thinned) => self.pass_thinned(thinned),
                    None => self.wait(rest),
                };
            }
            Err(_) => return Err(Refusal::Malformed),
        }
        Ok(Step::On)
    }

    fn wait(&self, rest: &[u8]) -> Result<Step, Refusal> {
        if self.place == Place::Head {
            check_size(rest)?;
        }
        Ok(Step::Wait)
    }

    fn pass_thinned(&mut self, mut thinned: Thinned) -> Result<Step, Refusal> {
        let Ok(Some(Message::<Request>::Item(_))) = self.codec.decode(&mut thinned.head.clone())
        else {
            return Err(Refusal::Malformed);
        };
        self.ahead.advance(thinned.length);
        let moved = std::mem::take(&mut thinned.moved);
        self.notes.pass_with(Note::Fields(moved));
        self.enter();
        Ok(Step::Thinned(thinned))
    }

    /// A head has been read.
    fn enter(&mut self) {
        self.place = match self.codec.message_type() {
            MessageType::None => Place::Head,
            MessageType::Payload | MessageType::Stream => Place::Body,
        };
    }
}

/// What has come, on its way to what is passed: copied only when they differ.
struct Output<'a> {
    came: &'a [u8],
    /// What has come is copied or replaced up to here.
    done: usize,
    passed: Option<BytesMut>,
}

impl<'a> Output<'a> {
    fn new(came: &'a [u8]) -> Self {
        Self {
            came,
            done: 0,
            passed: None,
        }
    }

    fn replace(&mut self, start: usize, by: &[u8], end: usize) {
        let passed = self.passed.get_or_insert_default();
        passed.extend_from_slice(&self.came[self.done..start]);
        passed.extend_from_slice(by);
        self.done = end;
    }

    fn end(mut self, end: usize) -> Passed {
        if self.passed.is_none() && end == self.came.len() {
            return Passed::AsItCame;
        }
        self.replace(end, &[], end);
        Passed::Instead(self.passed.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::front::refusal::{MAX_BLOCK, MAX_FIELDS};
    use actix_web::http::header::HeaderName;
    use proptest::prelude::*;
    use tokio::task::LocalSet;

    /// What the server gets of bytes that come in pieces, and what is noted.
    #[derive(Debug)]
    struct Outcome {
        passed: Vec<u8>,
        notes: Vec<Option<Note>>,
    }

    /// The configuration keeps a clock, which runs on a thread of its own kind.
    fn with_config<T>(run: impl FnOnce(ServiceConfig) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        LocalSet::new().block_on(&runtime, async { run(ServiceConfig::default()) })
    }

    fn pass<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
        with_config(|config| {
            let mut reader = Reader::new(config);
            let mut passed = Vec::new();
            for piece in pieces {
                match reader.read(piece) {
                    Passed::AsItCame => passed.extend_from_slice(piece),
                    Passed::Instead(bytes) => passed.extend_from_slice(&bytes),
                }
            }
            let count = requests(&passed).expect("what the server can read");
            let notes = (0..count).map(|_| reader.notes.begin()).collect();
            Outcome { passed, notes }
        })
    }

    /// How many requests the server reads in these bytes.
    fn requests(bytes: &[u8]) -> Result<usize, ParseError> {
        let mut codec = Codec::new(ServiceConfig::default());
        let (mut bytes, mut count) = (BytesMut::from(bytes), 0);
        while !bytes.is_empty() {
            match codec.decode(&mut bytes)? {
                Some(Message::Item(_)) => count += 1,
                Some(Message::Chunk(_)) => {}
                None => break,
            }
        }
        Ok(count)
    }

    fn refusal(outcome: &Outcome) -> Option<Refusal> {
        match outcome.notes.last() {
            Some(Some(Note::Refused(refusal))) => Some(*refusal),
            _ => None,
        }
    }

    fn head(fields: usize) -> String {
        let fields: String = (1..fields).map(|n| format!("x-{n}: {n}\r\n")).collect();
        format!("GET /a HTTP/1.1\r\n{fields}Host: x\r\n\r\n")
    }

    #[test]
    fn what_the_server_takes_passes_untouched() {
        let bodies = "POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nGET /\
            POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5;e\r\nGET /\r\n0\r\n\r\n";
        let all = format!("{}{bodies}{}\r\n{}", head(3), head(96), head(1));
        let outcome = pass([all.as_bytes()]);
        assert_eq!(String::from_utf8_lossy(&outcome.passed), all);
        assert_eq!(outcome.notes.len(), 5);
        assert!(outcome.notes.iter().all(Option::is_none));
    }

    #[test]
    fn fields_beyond_the_server_s_own_limit_are_noted() {
        let all = format!("{}{}{}", head(2), head(MAX_FIELDS), head(2));
        let outcome = pass([all.as_bytes()]);
        let [None, Some(Note::Fields(moved)), None] = outcome.notes.as_slice() else {
            panic!("{outcome:?}");
        };
        let mut moved: Vec<_> = moved.keys().map(HeaderName::as_str).collect();
        moved.sort_unstable();
        assert_eq!(moved, ["x-96", "x-97", "x-98", "x-99"]);
    }

    #[test]
    fn framing_is_never_taken_out() {
        let connection = "connection: close\r\n".repeat(MAX_FIELDS - 1);
        let all = format!("GET / HTTP/1.1\r\n{connection}host: x\r\n\r\n");
        assert_eq!(
            refusal(&pass([all.as_bytes()])),
            Some(Refusal::TooManyFields)
        );
        let post = head(MAX_FIELDS - 1).replace("GET", "POST");
        let post = post.replace("\r\n\r\n", "\r\ncontent-length: 3\r\n\r\nabc");
        let outcome = pass([format!("{post}{}", head(2)).as_bytes()]);
        assert!(matches!(
            outcome.notes.as_slice(),
            [Some(Note::Fields(_)), None]
        ));
    }

    #[test]
    fn what_is_too_much_or_no_request_is_refused_where_it_stands() {
        let line = format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000));
        let block = format!("GET / HTTP/1.1\r\nhost: x\r\na: {}", "y".repeat(MAX_BLOCK));
        for (bad, expected) in [
            (line.as_str(), Refusal::LineTooLong),
            (&block, Refusal::BlockTooLarge),
            (&head(MAX_FIELDS + 1), Refusal::TooManyFields),
            (&head(1_000)[..8_000], Refusal::TooManyFields),
            ("GET / HTTP/1.1\r\n\r\n", Refusal::Malformed),
            ("\x16\x03\x01", Refusal::Malformed),
            (&head(98).replace("x-97:", "x 97:"), Refusal::Malformed),
        ] {
            let all = format!("{}{bad}", head(2));
            for size in [7, all.len()] {
                let outcome = pass(all.as_bytes().chunks(size).chain([b"more".as_slice()]));
                assert_eq!(refusal(&outcome), Some(expected), "{size} {bad:.40}");
                assert_eq!(outcome.notes.len(), 2, "{size} {bad:.40}");
            }
        }
    }

    #[test]
    fn a_body_that_is_framed_wrongly_ends_what_passes() {
        let post = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc";
        let all = format!("{post}\r\nzz\r\n{}", head(2));
        let outcome = pass([all.as_bytes()]);
        assert_eq!(String::from_utf8_lossy(&outcome.passed), post);
        assert_eq!(outcome.notes.len(), 1);
    }

    fn request() -> impl Strategy<Value = String> {
        let get = (1usize..=MAX_FIELDS + 2).prop_map(head);
        let sized = "[a-zA-Z0-9 :/\r\n]{0,40}".prop_map(|body| {
            let length = body.len();
            format!("POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}")
        });
        let chunked = "[a-zA-Z0-9 :/\r\n]{1,40}".prop_map(|body| {
            let length = body.len();
            let head = "POST /c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
            format!("{head}{length:x}\r\n{body}\r\n0\r\n\r\n")
        });
        let nonsense = "[GET /a:\r\n]{1,30}";
        prop_oneof![4 => get, 4 => sized, 4 => chunked, 1 => nonsense]
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(requests in proptest::collection::vec(request(), 1..6), size in 1usize..200) {
            // Only where a line ends is it looked at again what has come.
            let all = requests.concat() + "\r\n\r\n";
            let whole = pass([all.as_bytes()]);
            let pieces = pass(all.as_bytes().chunks(size));
            prop_assert_eq!(whole.notes.len(), pieces.notes.len());
            prop_assert_eq!(refusal(&whole), refusal(&pieces));
            if refusal(&whole).is_none() {
                prop_assert_eq!(whole.passed, pieces.passed);
            }
        }

        #[test]
        fn whatever_comes_the_server_can_read_it(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..50) {
            let _ = pass(bytes.chunks(size));
        }
    }
}
