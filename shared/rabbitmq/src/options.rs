/// What an operator may tune; the defaults suit a small cluster.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names this process's connections in the broker's listings.
    pub instance: String,
    /// Messages that may wait in one request queue; each carries up to `batch_frames` requests.
    pub request_bound: u32,
    /// Messages that may wait in one partition of a consumer group. RabbitMQ enforces it approximately.
    pub partition_bound: u32,
    /// Requests or replies that may share one message.
    pub batch_frames: usize,
    /// Bytes after which a message takes no further request or reply.
    pub batch_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            instance: "switchboard".to_owned(),
            request_bound: 10_000,
            partition_bound: 20_000,
            batch_frames: 64,
            batch_bytes: 256 << 10,
        }
    }
}
