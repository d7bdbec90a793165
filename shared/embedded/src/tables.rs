//! The tables of the data file. All of them map bytes to bytes; `keys`, `header` and `envelope` give those a meaning.

use crate::failure::Failure;
use redb::{
    AccessGuard, Range, ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};
use std::ops::Bound;

pub(crate) type Raw = &'static [u8];
type Definition = TableDefinition<'static, Raw, Raw>;

/// Item rows, events' data included.
pub(crate) const ITEMS: Definition = TableDefinition::new("items");
/// What transactions did to the index keys, by their numbers, as far back as the tree of the index may not hold it.
pub(crate) const INDEX_LOG: Definition = TableDefinition::new("index-log");
/// One entry for each item that expires, in the order of time.
pub(crate) const EXPIRY: Definition = TableDefinition::new("expiry");
/// One entry for each due item, by shard, scope and time. The value is when the item expires, or nothing.
pub(crate) const DUE: Definition = TableDefinition::new("due");
pub(crate) const LOG: Definition = TableDefinition::new("log");
pub(crate) const OUTBOX: Definition = TableDefinition::new("outbox");
pub(crate) const CURSORS: Definition = TableDefinition::new("cursors");
/// The last stamp of each shard.
pub(crate) const STAMPS: Definition = TableDefinition::new("stamps");
/// Consumer groups and their numbers of partitions.
pub(crate) const GROUPS: Definition = TableDefinition::new("groups");
/// The messages of all partitions.
pub(crate) const MESSAGES: Definition = TableDefinition::new("messages");

/// All tables inside the one write transaction there is.
pub(crate) struct Tables<'t> {
    pub(crate) items: Rows<'t>,
    pub(crate) index_log: Rows<'t>,
    pub(crate) expiry: Rows<'t>,
    pub(crate) due: Rows<'t>,
    pub(crate) log: Rows<'t>,
    pub(crate) outbox: Rows<'t>,
    pub(crate) cursors: Rows<'t>,
    pub(crate) stamps: Rows<'t>,
    pub(crate) groups: Rows<'t>,
    pub(crate) messages: Rows<'t>,
}

impl<'t> Tables<'t> {
    /// Opens the tables and makes those that are missing.
    pub(crate) fn open(txn: &'t WriteTransaction) -> Result<Self, Failure> {
        Ok(Self {
            items: Rows::open(txn, ITEMS)?,
            index_log: Rows::open(txn, INDEX_LOG)?,
            expiry: Rows::open(txn, EXPIRY)?,
            due: Rows::open(txn, DUE)?,
            log: Rows::open(txn, LOG)?,
            outbox: Rows::open(txn, OUTBOX)?,
            cursors: Rows::open(txn, CURSORS)?,
            stamps: Rows::open(txn, STAMPS)?,
            groups: Rows::open(txn, GROUPS)?,
            messages: Rows::open(txn, MESSAGES)?,
        })
    }

    /// Is there anything to commit?
    pub(crate) const fn changed(&self) -> bool {
        self.items.changed
            || self.index_log.changed
            || self.expiry.changed
            || self.due.changed
            || self.log.changed
            || self.outbox.changed
            || self.cursors.changed
            || self.stamps.changed
            || self.groups.changed
            || self.messages.changed
    }
}

/// A table that remembers whether it was written to.
pub(crate) struct Rows<'t> {
    table: Table<'t, Raw, Raw>,
    changed: bool,
}

impl<'t> Rows<'t> {
    fn open(txn: &'t WriteTransaction, definition: Definition) -> Result<Self, Failure> {
        Ok(Self {
            table: txn.open_table(definition)?,
            changed: false,
        })
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<AccessGuard<'_, Raw>>, Failure> {
        Ok(self.table.get(key)?)
    }

    /// Gives the row that was replaced.
    pub(crate) fn insert(
        &mut self,
        key: &[u8],
        row: &[u8],
    ) -> Result<Option<AccessGuard<'_, Raw>>, Failure> {
        self.changed = true;
        Ok(self.table.insert(key, row)?)
    }

    /// Gives the row that was removed.
    pub(crate) fn remove(&mut self, key: &[u8]) -> Result<Option<AccessGuard<'_, Raw>>, Failure> {
        self.changed = true;
        Ok(self.table.remove(key)?)
    }

    /// Rows from `first` to `last`, both included.
    pub(crate) fn range(&self, first: &[u8], last: &[u8]) -> Result<Range<'_, Raw, Raw>, Failure> {
        range(&self.table, Bound::Included(first), Bound::Included(last))
    }

    /// The first keys from `first` to `last`, copied so that their rows can be changed.
    pub(crate) fn keys(
        &self,
        first: &[u8],
        last: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        self.range(first, last)?
            .take(limit)
            .map(|row| Ok(row?.0.value().to_vec()))
            .collect()
    }
}

/// A table as of the last commit.
pub(crate) fn read(
    txn: &ReadTransaction,
    definition: Definition,
) -> Result<ReadOnlyTable<Raw, Raw>, Failure> {
    Ok(txn.open_table(definition)?)
}

pub(crate) fn range<'a>(
    table: &'a impl ReadableTable<Raw, Raw>,
    first: Bound<&[u8]>,
    last: Bound<&[u8]>,
) -> Result<Range<'a, Raw, Raw>, Failure> {
    Ok(table.range::<&[u8]>((first, last))?)
}
