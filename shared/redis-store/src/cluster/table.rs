//! Which server has which shard, as a cluster's server tells it.

use crate::address::Address;
use ports::{SHARDS, Shard};
use redis::{RedisError, RedisResult, Value};
use std::io;

const SLOTS: u16 = 16_384;

/// Reads the answer to `CLUSTER SLOTS`: the primary of each shard, in the order of the shards. A server that cannot tell
/// for all of them (it is new, or cut off) tells nothing.
pub fn read(reply: Value, asked: &Address) -> RedisResult<Vec<Address>> {
    let rows: Vec<Vec<Value>> = redis::from_redis_value(reply)?;
    let ranges: Vec<_> = rows.iter().filter_map(|row| range(row, asked)).collect();
    let owner = |shard| {
        let slot = slot(Shard(shard));
        let range = ranges
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&slot));
        range.map(|(.., owner)| owner.clone())
    };
    (0..SHARDS)
        .map(owner)
        .collect::<Option<_>>()
        .ok_or_else(|| unserved(asked))
}

/// First slot, last slot, the primary, then replicas.
fn range(row: &[Value], asked: &Address) -> Option<(u16, u16, Address)> {
    let [Value::Int(first), Value::Int(last), Value::Array(node), ..] = row else {
        return None;
    };
    let [host, Value::Int(port), ..] = node.as_slice() else {
        return None;
    };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).ok()?,
        Value::SimpleString(host) => host,
        Value::Nil => "",
        _ => return None,
    };
    Some((
        u16::try_from(*first).ok()?,
        u16::try_from(*last).ok()?,
        address(host, u16::try_from(*port).ok()?, asked)?,
    ))
}

/// A server that does not know its own name leaves it empty: it is the one that was asked.
pub fn address(host: &str, port: u16, asked: &Address) -> Option<Address> {
    let host = match host {
        "" => asked.host.clone(),
        "?" => return None,
        host => host.to_owned(),
    };
    (port > 0).then_some(Address { host, port })
}

fn unserved(asked: &Address) -> RedisError {
    let text = format!("{asked} does not know a server for each slot");
    io::Error::new(io::ErrorKind::ConnectionRefused, text).into()
}

/// The slot of a shard's hash tag.
fn slot(shard: Shard) -> u16 {
    crc16(format!("s{:03}", shard.0).as_bytes()) % SLOTS
}

/// CRC-16/XMODEM, by which clusters share out keys.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
            if sum & 0x8000 == 0 {
                sum << 1
            } else {
                (sum << 1) ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked() -> Address {
        Address {
            host: "seed".to_owned(),
            port: 1,
        }
    }

    fn row(first: i64, last: i64, host: Value, port: i64) -> Value {
        let node = Value::Array(vec![host, Value::Int(port), Value::Nil]);
        Value::Array(vec![Value::Int(first), Value::Int(last), node])
    }

    fn name(host: &str) -> Value {
        Value::BulkString(host.as_bytes().to_vec())
    }

    #[test]
    fn slots_are_those_of_the_servers() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        // CLUSTER KEYSLOT sb:{s000}:seq and sb:{s255}:seq
        assert_eq!((slot(Shard(0)), slot(Shard(255))), (12_234, 12_026));
    }

    #[test]
    fn each_shard_finds_its_server() {
        let rows = vec![
            row(0, 8_191, name("a"), 7),
            row(8_192, 16_383, Value::Nil, 8),
        ];
        let owners = read(Value::Array(rows), &asked()).expect("a full table");
        for (shard, owner) in owners.iter().enumerate() {
            let low = slot(Shard(shard as u16)) < 8_192;
            assert_eq!(owner.to_string(), if low { "a:7" } else { "seed:8" });
        }
        assert_eq!(owners.len(), usize::from(SHARDS));
    }

    #[test]
    fn a_table_with_holes_is_none() {
        for rows in [vec![], vec![row(0, 8_191, name("a"), 7)]] {
            let refused = read(Value::Array(rows), &asked()).expect_err("holes");
            assert!(refused.is_connection_refusal());
        }
        let nameless = vec![row(0, 16_383, name("?"), 7)];
        assert!(read(Value::Array(nameless), &asked()).is_err());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            any::<i64>().prop_map(Value::Int),
            any::<Vec<u8>>().prop_map(Value::BulkString),
            ".*".prop_map(Value::SimpleString),
        ];
        leaf.prop_recursive(3, 64, 8, |inner| {
            proptest::collection::vec(inner, 0..8).prop_map(Value::Array)
        })
    }

    proptest! {
        #[test]
        fn hostile_tables_never_panic(reply in value()) {
            let _ = read(reply, &asked());
        }
    }
}
