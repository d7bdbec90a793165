//! A step's part of the file.

use super::{
    Import,
    prepared::{Prepared, Reading},
};
use crate::domain::import::{At, Entry, Reader, Unreadable};
use contact_csv::Header;
use futures_util::TryStreamExt;
use ports::{Error, Kind, Result};
use runtime::Invocation;

/// Bytes that are read first; each further read of a step is twice as large.
const FIRST_BYTES: u64 = 16 << 10;
const MAX_READ_BYTES: u64 = 1 << 20;
/// After so many bytes a step is content with the entries that it has.
const MAX_STEP_BYTES: u64 = 2 << 20;

#[derive(Default)]
pub struct Slice {
    pub entries: Vec<Prepared>,
    /// Of a CSV file.
    pub header: Option<Header>,
    /// There is nothing behind these entries.
    pub is_last: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    File(#[from] Unreadable),
    #[error(transparent)]
    Store(#[from] Error),
}

/// The next entries of the file, at most as many as the import's pace says: first those that are `left` from the step
/// before. `has_news` tells that contacts are likely to be made of them.
pub async fn read(
    invocation: &Invocation,
    import: &Import,
    reading: &Reading,
    left: Slice,
    has_news: bool,
) -> Result<Slice, Failure> {
    let wanted = import.pace.saturating_sub(left.entries.len());
    if left.is_last || wanted == 0 {
        return Ok(left);
    }
    let mut entries = left.entries;
    let at = entries.last().map_or(import.at, |entry| entry.next);
    let more = more(invocation, import, at, wanted).await?;
    entries.extend(prepare(more.entries, reading.clone(), has_news).await?);
    Ok(Slice {
        entries,
        header: more.header,
        is_last: more.is_last,
    })
}

/// Off the threads that serve others: it takes milliseconds.
async fn prepare(entries: Vec<Entry>, reading: Reading, has_news: bool) -> Result<Vec<Prepared>> {
    let work = move || {
        let prepared = entries.into_iter().map(|entry| {
            let prepared = Prepared::of(entry, &reading);
            if let (true, Ok(said)) = (has_news, &prepared.said) {
                said.as_new(&reading);
            }
            prepared
        });
        prepared.collect()
    };
    let prepared = tokio::task::spawn_blocking(work).await;
    prepared.map_err(|e| Error::internal("preparing a part of a file").with_source(e))
}

/// What a file holds from some place on.
struct More {
    entries: Vec<Entry>,
    header: Option<Header>,
    is_last: bool,
}

async fn more(
    invocation: &Invocation,
    import: &Import,
    at: At,
    wanted: usize,
) -> Result<More, Failure> {
    let dates = import.options.dates.into();
    let mut reader = Reader::resume(at, import.header.as_ref(), dates)?;
    let start = at.offset();
    let (mut offset, mut length) = (start, FIRST_BYTES);
    let (mut entries, mut is_last) = (Vec::new(), false);
    loop {
        while entries.len() < wanted
            && let Some(entry) = reader.next()?
        {
            entries.push(entry);
        }
        let has_enough = !entries.is_empty() && offset - start > MAX_STEP_BYTES;
        if is_last || has_enough || entries.len() >= wanted {
            break;
        }
        if offset < import.bytes {
            let end = (offset + length).min(import.bytes);
            reader.feed(&bytes(invocation, &import.blob, offset..end).await?)?;
            (offset, length) = (end, (length * 2).min(MAX_READ_BYTES));
        } else {
            reader.finish()?;
            is_last = true;
        }
    }
    Ok(More {
        is_last: is_last && entries.len() < wanted,
        header: reader.header().cloned(),
        entries,
    })
}

async fn bytes(
    invocation: &Invocation,
    blob: &str,
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, Failure> {
    let gone = |error: Error| match error.kind() {
        Kind::NotFound => Failure::File(Unreadable("the file is no longer there".to_owned())),
        _ => Failure::Store(error),
    };
    let chunks = invocation.blobs.get(blob, Some(range)).await;
    let mut chunks = chunks.map_err(gone)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.try_next().await.map_err(gone)? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
