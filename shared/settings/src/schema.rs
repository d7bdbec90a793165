use crate::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    pub gateway: Gateway,
    pub admin: Admin,
    pub data_dir: DataDir,
    /// The root key: 32 to 128 characters of `[A-Za-z0-9_-]`. Without it the first start makes one.
    pub admin_key: Option<Secret>,
    /// Seals webhook secrets at rest, and signs URLs: at least 32 characters. Without it, one is kept in the data folder.
    pub secrets_key: Option<Secret>,
    pub bus: Bus,
    pub store: Store,
    pub blobs: Blobs,
    pub notifier: Notifier,
    pub image_resize: ImageResize,
    pub phonebook: Phonebook,
    pub runtime: Runtime,
}

/// A folder, `./data` by default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataDir(pub PathBuf);

impl Default for DataDir {
    fn default() -> Self {
        Self("data".into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gateway {
    pub listen: String,
    pub cors_origins: CommaList,
    /// Requests that one instance works on at once; past it callers get 503.
    pub max_concurrent: usize,
    /// Longest that a caller waits for an answer.
    pub request_timeout: Millis,
    /// Largest image or other streamed body, in bytes.
    pub max_upload_bytes: u64,
    /// Memory for small blobs that are asked for again and again, in bytes; 0 keeps none.
    pub blob_cache_bytes: u64,
    /// A streamed body must keep coming: longest pause between two pieces.
    pub upload_idle_timeout: Millis,
    /// Resumable uploads that one tenant may have unfinished.
    pub resumable_uploads: usize,
    /// What they may come to in all, in bytes.
    pub resumable_bytes: u64,
    /// How long a resumable upload may take.
    pub resumable_lifetime: Millis,
    /// How long events stay in a tenant's log.
    pub log_retention: Millis,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            cors_origins: CommaList::default(),
            max_concurrent: 4096,
            request_timeout: Millis::secs(30),
            max_upload_bytes: 50 << 20,
            blob_cache_bytes: 32 << 20,
            upload_idle_timeout: Millis::secs(15),
            resumable_uploads: 100,
            resumable_bytes: 1 << 30,
            resumable_lifetime: Millis::secs(24 * 3600),
            log_retention: Millis::secs(30 * 24 * 3600),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    pub listen: String,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9000".to_owned(),
        }
    }
}

/// `embedded:`, `amqp://…` or `amqps://…`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    pub url: Secret,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            url: Secret::new("embedded:"),
        }
    }
}

/// `embedded:`, `redis://…`, `redis+cluster://…`, or one of these with `rediss`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub url: Secret,
    /// Start on a Redis that may lose or evict data. For trying things out only.
    pub allow_unsafe: bool,
    /// Events that one shard may hold unrelayed before writes are refused.
    pub outbox_quota: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: Secret::new("embedded:"),
            allow_unsafe: false,
            outbox_quota: 100_000,
        }
    }
}

/// `file:///…` or `s3://bucket[/prefix]`; empty: the folder `blobs` in the data folder.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    pub url: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notifier {
    /// Lets webhooks reach addresses that are not public. For tests and closed networks.
    pub allow_private_networks: bool,
    /// Waiting times between a delivery's attempts; when they are used up it is dead.
    pub retry_delays: Delays,
    /// Longest that one attempt may take.
    pub timeout: Millis,
    /// Attempts in flight at once in one instance.
    pub concurrency: usize,
    /// Attempts in flight at once for one endpoint.
    pub endpoint_concurrency: usize,
    /// How long deliveries and their attempts stay listed.
    pub delivery_retention: Millis,
}

impl Default for Notifier {
    fn default() -> Self {
        Self {
            allow_private_networks: false,
            retry_delays: Delays(
                [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
                    .map(Duration::from_secs)
                    .to_vec(),
            ),
            timeout: Millis::secs(15),
            concurrency: 256,
            endpoint_concurrency: 8,
            delivery_retention: Millis::secs(30 * 24 * 3600),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageResize {
    /// Uploads in work at once in one instance; 0: one for each core.
    pub concurrency: usize,
    /// Renderings on demand at once in one instance; 0: one for each core.
    pub concurrency_renders: usize,
    /// Pictures whose variants are made again at once in one instance; 0: one for every two cores.
    pub concurrency_remakes: usize,
    /// Longest that the work on one picture may take before it counts as failed.
    pub time_budget: Millis,
    /// Bytes of renderings on demand that are kept for each tenant.
    pub render_quota_bytes: u64,
    /// How many renderings on demand are kept for each tenant.
    pub render_quota_count: u64,
    /// Largest picture, in pixels.
    pub max_pixels: u64,
    /// Most scans of a progressive JPEG.
    pub max_scans: u32,
    /// Largest upload, in bytes.
    pub max_bytes: u64,
}

impl Default for ImageResize {
    fn default() -> Self {
        Self {
            concurrency: 0,
            concurrency_renders: 0,
            concurrency_remakes: 0,
            time_budget: Millis::secs(20),
            render_quota_bytes: 1 << 30,
            render_quota_count: 10_000,
            max_pixels: 100_000_000,
            max_scans: 100,
            max_bytes: 50 << 20,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Phonebook {
    /// ISO 3166 country of numbers without a `+`, for example `DE`; empty: only `+` numbers are understood.
    pub default_region: String,
    /// IANA time zone in which birthdays begin, for tenants that have named none.
    pub time_zone: String,
}

impl Default for Phonebook {
    fn default() -> Self {
        Self {
            default_region: String::new(),
            time_zone: "UTC".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Runtime {
    /// Threads that run routes; 0: one for each core.
    pub workers: usize,
    /// Requests of one service that an instance works on at once.
    pub concurrency: usize,
    /// Longest that a stopping process finishes what it has in hand.
    pub drain_timeout: Millis,
    /// How often a process shows that it is alive, and renews its leases; others take over after three times this.
    pub heartbeat: Millis,
}

impl Default for Runtime {
    fn default() -> Self {
        Self {
            workers: 0,
            concurrency: 512,
            drain_timeout: Millis::secs(25),
            heartbeat: Millis::secs(2),
        }
    }
}

/// A duration written as `15s`, `5m`, `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Millis(pub Duration);

impl Millis {
    #[must_use]
    pub const fn secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(text.trim())
            .map(Self)
            .map_err(|e| de::Error::custom(format!("{text:?} is no duration such as 15s: {e}")))
    }
}

/// Durations separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delays(pub Vec<Duration>);

impl Serialize for Delays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all: Vec<_> = self
            .0
            .iter()
            .map(|delay| {
                humantime::format_duration(*delay)
                    .to_string()
                    .replace(' ', "")
            })
            .collect();
        serializer.serialize_str(&all.join(","))
    }
}

impl<'de> Deserialize<'de> for Delays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = CommaList::deserialize(deserializer)?;
        let parse = |text: &String| {
            humantime::parse_duration(text)
                .map_err(|e| de::Error::custom(format!("{text:?} is no duration such as 15s: {e}")))
        };
        list.0.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }
}

/// Words separated by commas, or a TOML array of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommaList(pub Vec<String>);

impl Serialize for CommaList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.join(","))
    }
}

impl<'de> Deserialize<'de> for CommaList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            List(Vec<String>),
        }
        let words = match Form::deserialize(deserializer)? {
            Form::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            Form::List(list) => list,
        };
        Ok(Self(words))
    }
}
