//! An item's row: a flag byte, the version, the times that the flags announce, then the value.

use crate::codec::{Cursor, Malformed};
use bytes::Bytes;
use ports::{Item, Timestamp};

const EXPIRES: u8 = 1;
const DUE: u8 = 2;
const HELD: u8 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: u64,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) due_at: Option<Timestamp>,
    /// A claimer has the item until then. Only a due item can be held.
    pub(crate) held_until: Option<Timestamp>,
}

impl Header {
    pub(crate) fn visible(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Where the item stands in the due index.
    pub(crate) fn claimable_at(&self) -> Option<Timestamp> {
        self.held_until.or(self.due_at)
    }

    pub(crate) fn encode(&self, value: &[u8]) -> Vec<u8> {
        let times = [
            (EXPIRES, self.expires_at),
            (DUE, self.due_at),
            (HELD, self.held_until),
        ];
        let mut row = Vec::with_capacity(33 + value.len());
        row.push(0);
        row.extend_from_slice(&self.version.to_be_bytes());
        for (flag, time) in times {
            if let Some(time) = time {
                row[0] |= flag;
                row.extend_from_slice(&time.as_micros().to_be_bytes());
            }
        }
        row.extend_from_slice(value);
        row
    }

    pub(crate) fn decode(row: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut cursor = Cursor::new(row);
        let flags = cursor.u8()?;
        if flags & !(EXPIRES | DUE | HELD) != 0 || flags & (DUE | HELD) == HELD {
            return Err(Malformed);
        }
        let version = cursor.u64()?;
        let mut time = |flag| {
            let present = flags & flag != 0;
            present.then(|| cursor.u64().map(Timestamp)).transpose()
        };
        let header = Self {
            version,
            expires_at: time(EXPIRES)?,
            due_at: time(DUE)?,
            held_until: time(HELD)?,
        };
        Ok((header, cursor.rest()))
    }

    pub(crate) fn item(&self, value: &[u8]) -> Item {
        Item {
            value: Bytes::copy_from_slice(value),
            version: self.version,
            expires_at: self.expires_at,
            due_at: self.due_at,
        }
    }
}

/// The item in a row, unless it has expired.
pub(crate) fn visible_item(row: &[u8], now: Timestamp) -> Result<Option<Item>, Malformed> {
    let (header, value) = Header::decode(row)?;
    Ok(header.visible(now).then(|| header.item(value)))
}

#[cfg(test)]
mod tests {
    use super::Header;
    use ports::Timestamp;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            version: u64,
            expires: Option<u64>,
            due: Option<(u64, Option<u64>)>,
            value: Vec<u8>,
        ) {
            let header = Header {
                version,
                expires_at: expires.map(Timestamp),
                due_at: due.map(|(at, _)| Timestamp(at)),
                held_until: due.and_then(|(_, held)| held).map(Timestamp),
            };
            let row = header.encode(&value);
            let (decoded, rest) = Header::decode(&row).expect("our own row");
            prop_assert_eq!(decoded, header);
            prop_assert_eq!(rest, &value);
            for end in 0..row.len() - value.len() {
                prop_assert!(Header::decode(&row[..end]).is_err());
            }
        }

        #[test]
        fn hostile_bytes_never_panic(row: Vec<u8>) {
            let _ = Header::decode(&row);
        }
    }
}
