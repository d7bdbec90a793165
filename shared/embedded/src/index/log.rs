//! The log of changes in the data file, which the tree is brought up to date from.

use super::Changes;
use crate::{codec::number, failure::Failure, tables::Rows};

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
    /// The row that the log begins with, if it has any.
    first: u64,
}

impl Log {
    pub(crate) fn load(rows: &Rows<'_>) -> Result<Self, Failure> {
        let mut all = rows.range(&[], &[u8::MAX; 9])?;
        let Some((first, _)) = all.next().transpose()? else {
            return Ok(Self::default());
        };
        let first = number(first.value())?;
        let last = match all.next_back().transpose()? {
            Some((last, _)) => number(last.value())?,
            None => first,
        };
        Ok(Self { first, last })
    }

    pub(crate) fn append(
        &mut self,
        rows: &mut Rows<'_>,
        changes: Changes,
    ) -> Result<Logged, Failure> {
        let number = self.last + 1;
        rows.insert(&number.to_be_bytes(), changes.encoded())?;
        self.last = number;
        Ok(Logged { number, changes })
    }

    /// Drops what is before the last transaction that the tree `held` for good. That one stays: it tells which tree
    /// belongs to the file.
    pub(crate) fn trim(&mut self, rows: &mut Rows<'_>, held: u64) -> Result<(), Failure> {
        for number in self.first..held.min(self.last) {
            rows.remove(&number.to_be_bytes())?;
        }
        self.first = self.first.max(held);
        Ok(())
    }
}
