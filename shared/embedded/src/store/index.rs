//! Index keys: rows that hold nothing.

use super::read;
use crate::{
    failure::Failure,
    keys::{ItemKey, item_row},
    session::Session,
    tables::{self, INDEX},
};
use ports::{
    Batch, Tenant,
    store::{IndexPage, Query},
};
use redb::ReadTransaction;

pub(super) fn write(
    session: &mut Session<'_>,
    tenant: &Tenant,
    batch: &Batch,
    version: u64,
) -> Result<(), Failure> {
    let index = &mut session.tables.index;
    for key in &batch.unindexed {
        index.remove(&item_row(tenant, key))?;
    }
    for key in &batch.indexed {
        index.insert(&item_row(tenant, key), &[])?;
    }
    for key in &batch.stamped {
        index.insert(&item_row(tenant, &key.at(version)), &[])?;
    }
    Ok(())
}

pub(super) fn page(
    txn: &ReadTransaction,
    tenant: &Tenant,
    query: &Query,
) -> Result<IndexPage, Failure> {
    let index = tables::read(txn, INDEX)?;
    let mut page = IndexPage::default();
    let Some(mut rows) = read::rows(&index, tenant, query)? else {
        return Ok(page);
    };
    while let Some((row, _)) = read::step(&mut rows, query.order).transpose()? {
        if page.keys.len() == query.limit {
            page.next = page.keys.last().cloned();
            break;
        }
        let (_, _, key) = ItemKey::parse(row.value())?;
        page.keys.push(key.to_owned());
    }
    Ok(page)
}
