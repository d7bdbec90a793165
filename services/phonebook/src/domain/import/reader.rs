use super::{Content, Entry, Form, Unreadable, json};
use contact_csv::{DateOrder, Header, HeaderError, Row};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use vcard::Limits;

/// Bytes of one card: room for one with a photo in it.
const MAX_CARD_BYTES: usize = 8 << 20;

/// A place between two entries of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    Cards(vcard::Position),
    Csv(contact_csv::Position),
    Json(json::Position),
}

impl At {
    #[must_use]
    pub fn start(form: Form) -> Self {
        match form {
            Form::Cards => Self::Cards(vcard::Position::default()),
            Form::Csv => Self::Csv(contact_csv::Position { offset: 0, line: 1 }),
            Form::Json => Self::Json(json::Position::default()),
        }
    }

    /// Bytes of the file before it.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match self {
            Self::Cards(at) => at.offset,
            Self::Csv(at) => at.offset,
            Self::Json(at) => at.offset,
        }
    }
}

/// Finds the entries of a file that comes in pieces of any size, from any place between two of them.
pub struct Reader(Source);

enum Source {
    Cards(Box<vcard::Reader>),
    Csv(Box<contact_csv::Reader>, VecDeque<Row>),
    Json(json::Reader),
}

impl Reader {
    /// The first byte to feed is the one at the place's offset. A CSV file needs its header, once that is known.
    pub fn resume(at: At, header: Option<&Header>, dates: DateOrder) -> Result<Self, Unreadable> {
        let form = match (at, header) {
            (At::Cards(at), _) => {
                let limits = Limits {
                    card_bytes: MAX_CARD_BYTES,
                    line_bytes: MAX_CARD_BYTES,
                    ..Limits::default()
                };
                Source::Cards(Box::new(vcard::Reader::resume(limits, at)))
            }
            (At::Csv(at), Some(header)) => {
                let reader = contact_csv::Reader::resume(header.clone(), at, dates)?;
                Source::Csv(Box::new(reader), VecDeque::new())
            }
            (At::Csv(_), None) => {
                Source::Csv(Box::new(contact_csv::Reader::new(dates)), VecDeque::new())
            }
            (At::Json(at), _) => Source::Json(json::Reader::resume(at)),
        };
        Ok(Self(form))
    }

    /// Of a CSV file, as soon as there was an entry.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        match &self.0 {
            Source::Csv(reader, _) => reader.header(),
            _ => None,
        }
    }

    /// The next bytes. Take all entries out before feeding more.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        match &mut self.0 {
            Source::Cards(reader) => reader.feed(bytes),
            Source::Csv(reader, ready) => ready.extend(reader.feed(bytes)?),
            Source::Json(reader) => reader.feed(bytes),
        }
        Ok(())
    }

    /// The file has ended.
    pub fn finish(&mut self) -> Result<(), Unreadable> {
        match &mut self.0 {
            Source::Cards(reader) => reader.finish(),
            Source::Csv(reader, ready) => ready.extend(reader.finish()?),
            Source::Json(reader) => reader.finish(),
        }
        Ok(())
    }

    /// `None`: more bytes are needed, or, at the end of the file, there is nothing more.
    pub fn next(&mut self) -> Result<Option<Entry>, Unreadable> {
        Ok(match &mut self.0 {
            Source::Cards(reader) => reader.next_card().map(of_card),
            Source::Csv(_, ready) => ready.pop_front().map(of_row),
            Source::Json(reader) => reader.next()?.map(of_element),
        })
    }
}

impl From<HeaderError> for Unreadable {
    fn from(error: HeaderError) -> Self {
        Self(error.to_string())
    }
}

fn of_card(item: vcard::Item) -> Entry {
    Entry {
        line: item.line,
        next: At::Cards(item.end),
        content: match item.card {
            Ok(card) => Ok(Content::Card(Box::new(card))),
            Err(rejected) => Err(rejected.error.to_string()),
        },
    }
}

fn of_row(row: Row) -> Entry {
    let line = row.line;
    let told = |fault: &contact_csv::RowFault| format!("line {line}: {fault}");
    Entry {
        line,
        next: At::Csv(row.next),
        content: match row.result {
            Ok(document) => Ok(Content::Row {
                document,
                groups: row.groups,
                notes: row.notes.iter().map(told).collect(),
            }),
            Err(faults) => Err(faults.iter().map(told).collect::<Vec<_>>().join("; ")),
        },
    }
}

fn of_element(element: json::Element) -> Entry {
    Entry {
        line: element.line,
        next: At::Json(element.next),
        content: element.value.map(Content::Object),
    }
}
