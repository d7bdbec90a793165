//! A step's part of the file.

use super::Import;
use crate::domain::import::{Entry, Reader, Unreadable};
use contact_csv::Header;
use futures_util::TryStreamExt;
use ports::{Error, Kind, Result};
use runtime::Invocation;

/// Bytes that are read first; each further read of a step is twice as large.
const FIRST_BYTES: u64 = 16 << 10;
const MAX_READ_BYTES: u64 = 1 << 20;
/// After so many bytes a step is content with the entries that it has.
const MAX_STEP_BYTES: u64 = 2 << 20;

pub struct Slice {
    pub entries: Vec<Entry>,
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

/// The next entries of the file, at most as many as the import's pace says.
pub async fn read(invocation: &Invocation, import: &Import) -> Result<Slice, Failure> {
    let dates = import.options.dates.into();
    let mut reader = Reader::resume(import.at, import.header.as_ref(), dates)?;
    let start = import.at.offset();
    let (mut offset, mut length) = (start, FIRST_BYTES);
    let (mut entries, mut is_last) = (Vec::new(), false);
    loop {
        while entries.len() < import.pace
            && let Some(entry) = reader.next()?
        {
            entries.push(entry);
        }
        let has_enough = !entries.is_empty() && offset - start > MAX_STEP_BYTES;
        if is_last || has_enough || entries.len() >= import.pace {
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
    Ok(Slice {
        is_last: is_last && entries.len() < import.pace,
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
