use crate::codec::{Cursor, Malformed, push_measured_parts};
use ports::{Batch, Tenant};
use std::collections::BTreeMap;

/// What a transaction does to the index, in the order in which it does it: the rows that are added and removed, encoded
/// as the log keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes(Vec<u8>);

impl Changes {
    pub(crate) fn record(&mut self, tenant: &Tenant, batch: &Batch, version: u64) {
        for key in &batch.unindexed {
            self.push(tenant, key, false);
        }
        for key in &batch.indexed {
            self.push(tenant, key, true);
        }
        for key in &batch.stamped {
            self.push(tenant, &key.at(version), true);
        }
    }

    fn push(&mut self, tenant: &Tenant, key: &str, is_there: bool) {
        self.0.push(u8::from(is_there));
        let row = [tenant.as_str().as_bytes(), b"\0", key.as_bytes()];
        push_measured_parts(&mut self.0, &row);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the log keeps them.
    pub(super) fn encoded(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn decode(encoded: &[u8]) -> Result<Self, Malformed> {
        let changes = Self(encoded.to_vec());
        changes.last()?;
        Ok(changes)
    }

    /// For each row that is touched, whether it is there afterwards. In the order of the rows, which the tree takes in
    /// faster than any other.
    pub(super) fn last(&self) -> Result<BTreeMap<&[u8], bool>, Malformed> {
        let mut cursor = Cursor::new(&self.0);
        let mut rows = BTreeMap::new();
        while !cursor.is_empty() {
            let is_there = match cursor.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Malformed),
            };
            rows.insert(cursor.measured()?, is_there);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::item_row;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(keys: Vec<(String, bool)>) {
            let (tenant, mut changes, mut last) = (Tenant::system(), Changes::default(), BTreeMap::new());
            for (key, is_there) in &keys {
                changes.push(&tenant, key, *is_there);
                last.insert(item_row(&tenant, key), *is_there);
            }
            let decoded = Changes::decode(changes.encoded()).expect("ours");
            prop_assert_eq!(&decoded, &changes);
            let rows = decoded.last().expect("ours").into_iter();
            prop_assert!(rows.eq(last.iter().map(|(row, is_there)| (row.as_slice(), *is_there))));
        }

        #[test]
        fn hostile_bytes_never_panic(encoded: Vec<u8>) {
            let _ = Changes::decode(&encoded);
        }
    }

    #[test]
    fn what_comes_later_counts() {
        let (tenant, mut changes) = (Tenant::system(), Changes::default());
        let (mut come, mut gone) = (Batch::new(), Batch::new());
        come.index("things/1");
        gone.unindex("things/1");
        changes.record(&tenant, &come, 1);
        changes.record(&tenant, &gone, 2);
        let row = item_row(&tenant, "things/1");
        assert_eq!(
            changes.last().expect("ours"),
            [(row.as_slice(), false)].into()
        );
    }
}
