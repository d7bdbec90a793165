//! How an item lies in one Redis string: a byte for the format, version, expiry, due time (0: none), value; integers are 64
//! bits, big-endian. The scripts put it together and read the same header, see `lua/common.lua`.

use crate::squeeze;
use bytes::{BufMut, Bytes};
use ports::{Error, Item, Result, Timestamp, store::Put};
use std::borrow::Cow;

/// The value as it is. All were, before there were others.
const PLAIN: u8 = 1;
/// The value as [`squeeze::squeeze`] makes it.
const SQUEEZED: u8 = 2;
const HEADER: usize = 25;

/// A version as it is stored.
pub fn stamp(version: u64) -> Vec<u8> {
    version.to_be_bytes().to_vec()
}

/// The version of a [`stamp`].
pub fn version(stamp: &[u8]) -> Result<u64> {
    match stamp.try_into() {
        Ok(stamp) => Ok(u64::from_be_bytes(stamp)),
        Err(_) => Err(Error::internal("a version that this store did not write")),
    }
}

/// The format, and the value in it.
pub fn value(value: &[u8]) -> (u8, Cow<'_, [u8]>) {
    match squeeze::squeeze(value) {
        Some(squeezed) => (SQUEEZED, squeezed.into()),
        None => (PLAIN, value.into()),
    }
}

/// The format, and what follows the version, which only the commit's script knows.
pub fn tail(put: &Put) -> (u8, Vec<u8>) {
    let (format, value) = value(&put.value);
    let mut tail = Vec::with_capacity(16 + value.len());
    tail.put_u64(instant(put.expires_at));
    tail.put_u64(instant(put.due_at));
    tail.put_slice(&value);
    (format, tail)
}

pub fn decode(stored: &Bytes) -> Result<Item> {
    if stored.len() < HEADER {
        return Err(Error::internal("an item shorter than its header"));
    }
    let number = |at: usize| stored[at..at + 8].try_into().map_or(0, u64::from_be_bytes);
    let time = |at| Some(Timestamp(number(at))).filter(|time| time.0 != 0);
    Ok(Item {
        version: number(1),
        expires_at: time(9),
        due_at: time(17),
        value: match stored[0] {
            PLAIN => stored.slice(HEADER..),
            SQUEEZED => squeeze::expand(&stored[HEADER..])?.into(),
            format => return Err(Error::internal(format!("an item of the format {format}"))),
        },
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

    fn values() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<Vec<u8>>(),
            "(ab?c?){0,99}".prop_map(String::into_bytes)
        ]
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            number: u64,
            value in values(),
            expires_at in times(),
            due_at in times(),
        ) {
            let value = Bytes::from(value);
            let put = Put { key: String::new(), value: value.clone(), expires_at, due_at };
            let (format, tail) = tail(&put);
            let stored = [&[format][..], &stamp(number), &tail].concat().into();
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
            bytes[0] = PLAIN;
            let whole = bytes.len() >= HEADER;
            prop_assert_eq!(decode(&bytes.into()).is_ok(), whole);
        }
    }
}
