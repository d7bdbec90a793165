//! How a service describes itself to gateways: an OpenAPI 3.1 document with a few extensions.
//!
//! | extension, on an operation | meaning |
//! | --- | --- |
//! | `x-scope` | the scope that the caller's key needs; absent: any key; `"root"`: the root key alone |
//! | `x-upload` | `{max_bytes}`: the body is streamed into the blob store and its reference sent instead |

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Published in the store by every running service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// The service's name, for example `phonebook`.
    pub service: String,
    /// Digest of the document: instances with equal digests share one request queue.
    pub version: String,
    pub openapi: Value,
}

/// One running process of a service, refreshed by its heartbeat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Instance {
    pub service: String,
    pub version: String,
    pub instance: String,
    /// RFC 3339.
    pub heartbeat: String,
}

/// A consumer group and the events it takes, so that relays know whom to serve even while it is down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerGroup {
    pub group: String,
    /// Type patterns as in [`crate::type_matches`].
    pub types: Vec<String>,
    pub partitions: u16,
}
