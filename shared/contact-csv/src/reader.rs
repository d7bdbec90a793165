use crate::encoding::{Decoder, Encoding};
use crate::header::{Header, HeaderError};
use crate::heading::{Found, Heading};
use crate::layout::Layout;
use crate::records::{Record, Records};
use crate::row::{Reading, Row, RowFault};
use crate::{DateOrder, Position};

/// Bytes of a cell: room for the largest contact as JSON.
const MAX_CELL_BYTES: usize = 256 << 10;

/// Reads an address book from chunks of bytes that may end anywhere; the rows do not depend on where they do.
///
/// Holds at most the first 256 KiB, by which the encoding is decided, later one row of at most 512 KiB.
pub struct Reader {
    dates: DateOrder,
    stage: Stage,
}

enum Stage {
    Sampling(Vec<u8>),
    Heading(Decoder, Heading),
    Rows(Decoder, Box<Body>),
    Failed(HeaderError),
}

struct Body {
    header: Header,
    layout: Layout,
    records: Records,
}

impl Reader {
    /// `dates` says what `5/4/1980` means where the file does not.
    #[must_use]
    pub const fn new(dates: DateOrder) -> Self {
        Self {
            dates,
            stage: Stage::Sampling(Vec::new()),
        }
    }

    /// Goes on behind a row: the next bytes to feed are those of the file from `from.offset`.
    pub fn resume(header: Header, from: Position, dates: DateOrder) -> Result<Self, HeaderError> {
        let decoder = Decoder::new(header.encoding());
        let stage = Stage::Rows(decoder, Box::new(Body::new(header, from)?));
        Ok(Self { dates, stage })
    }

    /// Known as soon as the first row is given.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        match &self.stage {
            Stage::Rows(_, body) => Some(&body.header),
            _ => None,
        }
    }

    /// The rows that end within these bytes, all at once: a chunk of 64 KiB is a good size. An error stays.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Row>, HeaderError> {
        self.advance(bytes, false)
    }

    /// The rows that are left when the file has ended.
    pub fn finish(&mut self) -> Result<Vec<Row>, HeaderError> {
        self.advance(&[], true)
    }

    fn advance(&mut self, bytes: &[u8], last: bool) -> Result<Vec<Row>, HeaderError> {
        match &mut self.stage {
            Stage::Sampling(sample) => {
                sample.extend_from_slice(bytes);
                let Some((encoding, mark)) = Encoding::of(sample, last) else {
                    return Ok(Vec::new());
                };
                let sample = sample.split_off(mark);
                let heading = Heading::new(encoding, mark as u64);
                self.stage = Stage::Heading(Decoder::new(encoding), heading);
                self.advance(&sample, last)
            }
            Stage::Heading(decoder, heading) => {
                let text = decoded(decoder, bytes, last);
                match heading.push(&text, last) {
                    Ok(None) => Ok(Vec::new()),
                    Ok(Some(found)) => self.open(found, last),
                    Err(error) => self.fail(error),
                }
            }
            Stage::Rows(decoder, body) => {
                let text = decoded(decoder, bytes, last);
                Ok(body.rows(&text, last, self.dates))
            }
            Stage::Failed(error) => Err(error.clone()),
        }
    }

    fn open(&mut self, found: Found, last: bool) -> Result<Vec<Row>, HeaderError> {
        let mut body = match Body::new(found.header, found.end) {
            Ok(body) => body,
            Err(error) => return self.fail(error),
        };
        let rows = body.rows(&found.rest, last, self.dates);
        let stage = std::mem::replace(&mut self.stage, Stage::Failed(HeaderError::Empty));
        // The decoder may hold half a character, so it goes on with the rows.
        if let Stage::Heading(decoder, _) = stage {
            self.stage = Stage::Rows(decoder, Box::new(body));
        }
        Ok(rows)
    }

    fn fail(&mut self, error: HeaderError) -> Result<Vec<Row>, HeaderError> {
        self.stage = Stage::Failed(error.clone());
        Err(error)
    }
}

fn decoded<'a>(decoder: &mut Decoder, bytes: &'a [u8], last: bool) -> std::borrow::Cow<'a, [u8]> {
    let mut text = decoder.decode(bytes);
    if last {
        let rest = decoder.finish();
        if !rest.is_empty() {
            text.to_mut().extend(rest);
        }
    }
    text
}

impl Body {
    fn new(header: Header, from: Position) -> Result<Self, HeaderError> {
        let layout = Layout::of(header.columns())?;
        let records = Records::new(&header, from);
        Ok(Self {
            header,
            layout,
            records,
        })
    }

    fn rows(&mut self, text: &[u8], last: bool, dates: DateOrder) -> Vec<Row> {
        let mut records = self.records.push(text);
        if last {
            records.extend(self.records.finish());
        }
        records
            .iter()
            .filter_map(|record| self.row(record, dates))
            .collect()
    }

    /// `None` for a row of blank cells, which spreadsheets leave at the end.
    fn row(&self, record: &Record, dates: DateOrder) -> Option<Row> {
        let reading = match self.cells(record) {
            Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty()) => return None,
            Ok(cells) => self.layout.read(self.header.columns(), &cells, dates),
            Err(faults) => Reading {
                faults,
                ..Reading::default()
            },
        };
        let result = match reading.faults.is_empty() {
            true => Ok(reading.document),
            false => Err(reading.faults),
        };
        let Reading { groups, notes, .. } = reading;
        Some(Row {
            line: record.line,
            next: record.next,
            result,
            groups,
            notes,
        })
    }

    /// As many cells as there are columns.
    fn cells<'a>(&self, record: &'a Record) -> Result<Vec<&'a str>, Vec<RowFault>> {
        let cells = record
            .cells
            .as_ref()
            .map_err(|broken| vec![RowFault::row(*broken)])?;
        let mut faults = Vec::new();
        let mut texts: Vec<_> = cells
            .iter()
            .enumerate()
            .filter_map(|(column, cell)| {
                self.cell(column, cell)
                    .map_err(|fault| faults.push(fault))
                    .ok()
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let columns = self.header.columns().len();
        if texts
            .iter()
            .skip(columns)
            .any(|cell| !cell.trim().is_empty())
        {
            let reason = format!(
                "has {} cells, but the header names {columns} columns",
                texts.len()
            );
            return Err(vec![RowFault::row(reason)]);
        }
        texts.resize(columns, "");
        Ok(texts)
    }

    fn cell<'a>(&self, column: usize, cell: &'a [u8]) -> Result<&'a str, RowFault> {
        let complaint =
            |reason| RowFault::column(column_name(self.header.columns(), column), reason);
        if cell.len() > MAX_CELL_BYTES {
            return Err(complaint("is longer than 256 KiB"));
        }
        std::str::from_utf8(cell).map_err(|_| complaint(self.header.encoding().complaint()))
    }
}

/// What the header calls a column; its number, from 1, when it has no name.
pub(crate) fn column_name(columns: &[String], column: usize) -> String {
    match columns.get(column) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => format!("Column {}", column + 1),
    }
}
