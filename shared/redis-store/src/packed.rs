//! How an item lies in one Redis string: `1`, version, expiry, due time (0: none), value; integers are 64 bits, big-endian.
//! The scripts add and read the same header, see `lua/common.lua`.

use bytes::{BufMut, Bytes};
use ports::{Error, Item, Result, Timestamp, store::Put};

const FORMAT: u8 = 1;
const HEADER: usize = 25;

/// The bytes that no other version of an item or lease starts with.
pub fn head(version: u64) -> Vec<u8> {
    let mut head = vec![FORMAT];
    head.put_u64(version);
    head
}

/// The version that a [`head`] names.
pub fn version(head: &[u8]) -> Result<u64> {
    match head {
        [FORMAT, version @ ..] => version.try_into().map(u64::from_be_bytes).ok(),
        _ => None,
    }
    .ok_or_else(|| Error::internal("a version head that this store did not write"))
}

/// All but the head, which only the commit's script knows.
pub fn tail(put: &Put) -> Vec<u8> {
    let mut tail = Vec::with_capacity(16 + put.value.len());
    tail.put_u64(instant(put.expires_at));
    tail.put_u64(instant(put.due_at));
    tail.put_slice(&put.value);
    tail
}

pub fn decode(stored: &Bytes) -> Result<Item> {
    if stored.len() < HEADER {
        return Err(Error::internal("an item shorter than its header"));
    }
    let number = |at: usize| stored[at..at + 8].try_into().map_or(0, u64::from_be_bytes);
    let time = |at| Some(Timestamp(number(at))).filter(|time| time.0 != 0);
    Ok(Item {
        version: version(&stored[..9])?,
        expires_at: time(9),
        due_at: time(17),
        value: stored.slice(HEADER..),
    })
}

/// 0 is for "never"; what is to happen at the very beginning of time happens a microsecond later.
fn instant(at: Option<Timestamp>) -> u64 {
    at.map_or(0, |at| at.as_micros().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times() -> impl Strategy<Value = Option<Timestamp>> {
        proptest::option::of((1..u64::MAX).prop_map(Timestamp))
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            number: u64,
            value: Vec<u8>,
            expires_at in times(),
            due_at in times(),
        ) {
            let value = Bytes::from(value);
            let put = Put { key: String::new(), value: value.clone(), expires_at, due_at };
            let stored = [head(number), tail(&put)].concat().into();
            let item = Item { value, version: number, expires_at, due_at };
            prop_assert_eq!(decode(&stored).expect("whole"), item);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes: Vec<u8>) {
            let _ = version(&bytes);
            let _ = decode(&bytes.into());
        }

        #[test]
        fn hostile_values_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 1..64)) {
            bytes[0] = FORMAT;
            let whole = bytes.len() >= HEADER;
            prop_assert_eq!(decode(&bytes.into()).is_ok(), whole);
        }
    }
}
