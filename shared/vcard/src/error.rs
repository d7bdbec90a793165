/// Why some bytes are no card, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ParseError {
    /// Counted from 1 in what was given: the card, or the whole file for a [`Reader`](crate::Reader).
    pub line: u64,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("text outside of any card")]
    OutsideCard,
    #[error("a card begins with BEGIN:VCARD")]
    NoBegin,
    #[error("the card has no END:VCARD")]
    NoEnd,
    #[error("there is more after END:VCARD")]
    AfterEnd,
    #[error("the card has no VERSION")]
    NoVersion,
    #[error("VERSION:{0} is not known; 2.1, 3.0 and 4.0 are")]
    UnknownVersion(String),
    #[error("the card is larger than {limit} bytes")]
    CardTooLarge { limit: usize },
    #[error("{property} is longer than {limit} bytes")]
    LineTooLong { property: String, limit: usize },
    #[error("{property} has more than {limit} bytes of parameters")]
    HeadTooLong { property: String, limit: usize },
    #[error("the card has more than {limit} properties")]
    TooManyLines { limit: usize },
    #[error("cards are nested deeper than {limit}")]
    TooDeep { limit: usize },
    #[error("the text is no valid UTF-16")]
    Encoding,
}

impl Fault {
    pub(crate) const fn at(self, line: u64) -> ParseError {
        ParseError { line, fault: self }
    }
}
