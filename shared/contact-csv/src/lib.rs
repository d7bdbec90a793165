//! Address books as CSV: read from Google, Outlook and our own columns, written to Google's and our own.
//!
//! The crate does no I/O and knows a contact only as the JSON document of the API. Bytes go in as they come, rows come
//! out; what is wrong with a row is told with its line and column. Whether a contact is one (lengths, counts, numbers,
//! addresses, a name at all) is for the API to judge.
//!
//! ```
//! use contact_csv::{DateOrder, Form, Kind, Reader, Writer};
//!
//! let mut reader = Reader::new(DateOrder::Unknown);
//! let mut rows = reader.feed(b"First Name,Phone 1 - Label,Phone 1 - Value,Shoe size\r\nAda,* Work,+44 20")?;
//! rows.extend(reader.finish()?); // chunks may end anywhere
//! assert_eq!(reader.header().unwrap().kind()?, Kind::Google);
//! let ada = rows[0].result.as_ref().unwrap();
//! assert_eq!(ada["phones"][0]["type"], "work");
//! // To go on behind a row later, keep the header and the row's place, and feed the file from `next.offset`.
//! let (header, next) = (reader.header().unwrap().clone(), rows[0].next);
//! let _again = Reader::resume(header, next, DateOrder::Unknown)?;
//! let file = [Writer::new(Form::Own).header(), Writer::new(Form::Own).row(ada, &rows[0].groups)].concat();
//! let mut reader = Reader::new(DateOrder::Unknown);
//! let mut rows = reader.feed(&file)?;
//! rows.extend(reader.finish()?);
//! assert_eq!(rows[0].result.as_ref().unwrap(), ada); // our own columns lose nothing
//! # Ok::<(), contact_csv::HeaderError>(())
//! ```
//!
//! **Whose file it is** the header row tells, as the product that knows the most of its columns; see [`Kind`]. Case and
//! spaces around names do not matter, missing columns neither, as long as one can name somebody: a name, an
//! organization, a number or an e-mail address. Columns that nobody knows become members of `custom` under their
//! names; what does not fit there is told in [`Row::notes`].
//!
//! **Our own columns** are `id`, by which a contact is known again, and paths: `name.given`, `nickname`, `organization.name`, `phones.0.number`, `phones.0.e164`,
//! `phones.0.type`, `phones.0.label`, `phones.0.primary`, `emails.0.address`, `addresses.0.postal_code`, `urls.0`,
//! `birthday`, `anniversary`, `notes`; `groups` has a name on each line. Written are 5 phones, 4 e-mail addresses, 3
//! addresses and 3 URLs; what is beyond, `custom`, and what no cell can say is a JSON object in `more`, with the same
//! shape as the document and `null` for entries that have columns. `custom.<key>` is understood, too. What else the
//! server owns (`book_id`, `version`, …) is not written. Read back, a document has all its arrays and `custom`, as the API shows it.
//!
//! **Encodings**: a byte order mark decides; without one, a file whose first 256 KiB are UTF-8 is UTF-8, any other
//! windows-1252. Bytes that turn out wrong later are faults of their rows. **Separators** are comma, semicolon or tab,
//! whichever gives the header the most columns, or what Excel's line `sep=;` names.
//!
//! **Dates** are taken when they can be read in one way: `1980-12-31`, `--12-31`, `31.12.1980`, `12/31/1980`. What
//! `5/4/1980` means the caller may say; German and French columns say it themselves. Otherwise, and with two digits of a
//! year, it is a fault and not a guess. Outlook's `0/0/00` is no date.
//!
//! **Formulas**: a spreadsheet computes cells that begin with `=`, `+`, `-` or `@`. They are written with a `'` in front,
//! in our own columns also numbers such as `+49 30 1234567`, whose `+` a spreadsheet would drop when it saves the file.
//! In Google's columns numbers stay as they are, since Google reads them: without letters, nothing can be called.
//! Reading takes the `'` away again; in our own columns the cell is then exactly what it was.
//!
//! **Bounds**: 1,000 columns, 64 KiB before the first row, 512 KiB for a row, 256 KiB for a cell.

mod dates;
mod draft;
mod encoding;
mod formula;
mod header;
mod heading;
mod layout;
mod own;
mod position;
mod reader;
mod records;
mod row;
mod writer;

pub use dates::DateOrder;
pub use encoding::Encoding;
pub use header::{Header, HeaderError, Kind, Separator};
pub use position::Position;
pub use reader::Reader;
pub use row::{Row, RowFault};
pub use writer::{Form, Writer};
