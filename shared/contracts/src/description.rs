//! How a service describes itself to gateways: an OpenAPI 3.1 document with a few extensions.
//!
//! | extension, on an operation | meaning |
//! | --- | --- |
//! | `x-scope` | the scope that the caller's key needs; absent: any key; `"root"`: the root key alone |
//! | `x-upload` | `{max_bytes, bound, resumable}`: the body is streamed into the blob store and its reference sent instead; see below |
//! | `x-signed` | `true`: a signature in the URL will do instead of a key |
//! | `x-signs` | members of a good answer that become signed URLs, by JSON pointer: `{"/url": {method, expires}}`; `expires` points at an RFC 3339 time in the answer, `method` is one or points at one |
//! | `x-max-body-bytes` | largest body that is not streamed; absent: 1 MiB; at most what the bus carries (2 MiB with the request's head) |
//! | `x-basic` | `true`: a request without a key is challenged to Basic first, for callers that know nothing else |
//! | `x-errors` | `"dav"`: refusals are `DAV:error` documents (RFC 4918, section 16), and the challenge is as with `x-basic`; `"tus"`: they name the version of the protocol for resumable uploads |
//!
//! The last two can stand on the path item instead, for all its operations, its 405 and unknown paths below it.
//!
//! | extension, on a path item | meaning |
//! | --- | --- |
//! | `x-additional-operations` | operations by methods that OpenAPI 3.1 does not know, such as `PROPFIND`: `additionalOperations` of OpenAPI 3.2 |
//! | `x-wildcard` | `true`: the last parameter stands for the rest of the path, however many segments, also none |
//! | `x-redirect` | a path: the gateway answers every method with 301 to it, without a key |
//! | `x-options-headers` | header fields by name that the gateway adds to its own answer to `OPTIONS`, which needs no key |
//!
//! A segment of a path has at most one parameter, which may stand between literals (`{vendor}.xml`). Of several paths
//! that fit a request literals win over parameters, and those over a wildcard. An operation `options` takes the method
//! from the gateway; preflights of CORS remain its own. A request body of type `*/*` may be of any type or name none. One
//! that is not `required` may be absent, and needs no type then.
//!
//! # Uploads
//!
//! An upload whose body may be `multipart/form-data` has its bytes in the form's only field `file`, which is of one of the
//! other declared types, or of a type that is not known. `bound: {size, type}` names query parameters that say how large
//! the body is and of which type; a URL that is signed with them is good for no other. `resumable` is the path at which a
//! client may begin an upload in pieces. When the last one is there the gateway makes the operation's request, on behalf
//! of who sent it and with the upload's id as `Idempotency-Key`; the answer's `Content-Location`, else its `Location`,
//! is what the client is told that came of it.
//!
//! # Signed URLs
//!
//! A signature stands in the parameters `exp` and `sig`, which services do not see and need not declare. It is good for one
//! method, path and query, in the name of the key that signed, with no scope but the operation's. What `x-signs` names must
//! be paths of operations with `x-signed` that the caller could use; otherwise the caller is told so.

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
