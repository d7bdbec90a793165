//! The doors between Switchboard and the world: a store, a bus and blobs, and the values that cross them.
//!
//! Adapters implement these traits, the runtime and the services use them, and `conformance` holds every
//! adapter to one meaning, written down in `docs/specs`. Nothing here knows HTTP.

pub mod blobs;
pub mod bus;
mod error;
mod id;
pub mod store;
mod time;

pub use blobs::Blobs;
pub use bus::Bus;
pub use error::{Error, Kind, Result};
pub use id::TypeId;
pub use store::{Batch, Event, Item, Recorded, Store};
pub use time::Timestamp;

use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// How many shards tenants are spread over; fixed for the life of an installation.
pub const SHARDS: u16 = 256;

/// An organisation: the partition of everything that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// The tenant of the root key.
    pub const DEFAULT: &'static str = "default";
    /// Holds what belongs to the installation itself: keys, descriptions, heartbeats.
    pub const SYSTEM: &'static str = "system";

    /// 1 to 64 characters of `[a-z0-9_-]`.
    pub fn parse(text: &str) -> Result<Self> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(Error::invalid(format!("{text:?} is no tenant id")))
        }
    }

    #[must_use]
    pub fn system() -> Self {
        Self(Self::SYSTEM.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn shard(&self) -> Shard {
        Shard((stable_hash(&self.0) % u64::from(SHARDS)) as u16)
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Tenant {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<Tenant> for String {
    fn from(tenant: Tenant) -> Self {
        tenant.0.as_ref().to_owned()
    }
}

/// One of [`SHARDS`]: the unit of atomic commits, of relaying and of leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shard(pub u16);

impl Shard {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every version, unlike the standard hasher.
#[must_use]
pub fn stable_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
