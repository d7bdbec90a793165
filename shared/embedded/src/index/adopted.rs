//! Data files of the first layout hold the index keys themselves.

use super::Index;
use crate::{failure::Failure, tables::Raw};
use ports::Error;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

const TABLE: TableDefinition<'static, Raw, Raw> = TableDefinition::new("index");
const PIECE: usize = 10_000;

/// Moves index keys from the data file into the tree, if there are any.
pub(super) fn adopt(index: &Index, file: &Database) -> Result<(), Error> {
    let read = file.begin_read().map_err(Failure::from)?;
    let mut tables = read.list_tables().map_err(Failure::from)?;
    if !tables.any(|table| table.name() == TABLE.name()) {
        return Ok(());
    }
    let table = read.open_table(TABLE).map_err(Failure::from)?;
    let mut batch = index.database.batch();
    for row in table.iter().map_err(Failure::from)? {
        let (key, _) = row.map_err(Failure::from)?;
        batch.insert(&index.keys, key.value(), []);
        if batch.len() == PIECE {
            let full = std::mem::replace(&mut batch, index.database.batch());
            full.commit().map_err(Failure::from)?;
        }
    }
    batch.commit().map_err(Failure::from)?;
    index.sync()?;
    let write = file.begin_write().map_err(Failure::from)?;
    write.delete_table(TABLE).map_err(Failure::from)?;
    Ok(write.commit().map_err(Failure::from)?)
}
