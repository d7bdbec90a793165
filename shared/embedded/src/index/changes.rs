use crate::{
    codec::{Cursor, Malformed, push_measured},
    keys::item_row,
};
use ports::{Batch, Tenant};
use std::collections::BTreeMap;

/// What a transaction does to the index: for each row that it touches, whether the row is there afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes(BTreeMap<Vec<u8>, bool>);

impl Changes {
    pub(crate) fn record(&mut self, tenant: &Tenant, batch: &Batch, version: u64) {
        for key in &batch.unindexed {
            self.0.insert(item_row(tenant, key), false);
        }
        for key in &batch.indexed {
            self.0.insert(item_row(tenant, key), true);
        }
        for key in &batch.stamped {
            self.0.insert(item_row(tenant, &key.at(version)), true);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let rows = self.0.iter();
        rows.map(|(row, is_there)| (row.as_slice(), *is_there))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut encoded = Vec::new();
        for (row, is_there) in self.iter() {
            encoded.push(u8::from(is_there));
            push_measured(&mut encoded, row);
        }
        encoded
    }

    pub(super) fn decode(encoded: &[u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(encoded);
        let mut changes = BTreeMap::new();
        while !cursor.is_empty() {
            let is_there = match cursor.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Malformed),
            };
            changes.insert(cursor.measured()?.to_vec(), is_there);
        }
        Ok(Self(changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(rows: BTreeMap<Vec<u8>, bool>) {
            let changes = Changes(rows);
            prop_assert_eq!(Changes::decode(&changes.encode()).expect("ours"), changes);
        }

        #[test]
        fn hostile_bytes_never_panic(encoded: Vec<u8>) {
            let _ = Changes::decode(&encoded);
        }
    }
}
