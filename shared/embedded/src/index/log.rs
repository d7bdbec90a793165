//! The log of changes in the data file, which the tree is brought up to date from.

use super::Changes;
use crate::{codec::number, failure::Failure, tables::Rows};

/// With so many bytes of changes, it is time to make the tree safe against a power cut and drop them.
const LONG: usize = 16 << 20;
/// Rows that are dropped at once.
const PIECE: usize = 1_000;

/// A transaction's changes and its number. Numbers go up by one.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) number: u64,
    pub(crate) changes: Changes,
}

/// What is known of the log's rows.
#[derive(Debug, Default)]
pub(crate) struct Log {
    last: u64,
    bytes: usize,
}

impl Log {
    pub(crate) fn load(rows: &Rows<'_>) -> Result<Self, Failure> {
        let mut log = Self::default();
        for row in rows.range(&[], &[u8::MAX; 9])? {
            let (key, changes) = row?;
            log.last = number(key.value())?;
            log.bytes += changes.value().len();
        }
        Ok(log)
    }

    pub(crate) fn append(
        &mut self,
        rows: &mut Rows<'_>,
        changes: Changes,
    ) -> Result<Logged, Failure> {
        let number = self.last + 1;
        let row = changes.encode();
        rows.insert(&number.to_be_bytes(), &row)?;
        self.last = number;
        self.bytes += row.len();
        Ok(Logged { number, changes })
    }

    pub(crate) const fn is_long(&self) -> bool {
        self.bytes > LONG
    }

    /// Drops what the tree holds for good by now. The last row stays: it tells which tree belongs to the file.
    pub(crate) fn trim(&mut self, rows: &mut Rows<'_>) -> Result<(), Failure> {
        let Some(held) = self.last.checked_sub(1) else {
            return Ok(());
        };
        loop {
            let dropped = rows.keys(&[], &held.to_be_bytes(), PIECE)?;
            for row in &dropped {
                rows.remove(row)?;
            }
            if dropped.len() < PIECE {
                break;
            }
        }
        self.bytes = 0;
        Ok(())
    }
}
