//! `Prefer: wait=N` (RFC 7240): holds the answer to a request that began a job until the job is over.

use super::{call::Edge, feed::Feed};
use actix_web::http::header::HeaderMap;
use contracts::jobs::{self, Job};
use ports::{Tenant, store::Read};
use std::time::{Duration, Instant};

const MOST: Duration = Duration::from_secs(60);
/// Live feeds can miss something: look this often at least.
const LOOK: Duration = Duration::from_millis(250);

/// How long the caller prefers to wait, at most a minute.
pub fn wanted(headers: &HeaderMap) -> Option<Duration> {
    let fields = headers
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok());
    let preferences = fields.flat_map(|field| field.split(','));
    let seconds = preferences
        .filter_map(|preference| preference.trim().strip_prefix("wait="))
        .next()?;
    seconds
        .trim()
        .trim_matches('"')
        .parse()
        .ok()
        .map(|seconds| Duration::from_secs(seconds).min(MOST))
}

/// The path of what the job made, once it is over; `None` when the time is up first.
pub async fn for_result(
    edge: &Edge,
    tenant: &Tenant,
    location: &str,
    patience: Duration,
) -> ports::Result<Option<String>> {
    let Some(id) = location.strip_prefix("/v1/jobs/") else {
        return Ok(None);
    };
    let deadline = Instant::now() + patience;
    let mut feed: Feed = edge.feeds.of(tenant);
    loop {
        let item = edge
            .backends
            .store
            .get(tenant, &jobs::key(id), Read::Strong)
            .await?;
        let job: Option<Job> = item.and_then(|item| serde_json::from_slice(&item.value).ok());
        match job {
            None => return Ok(None),
            Some(job) if job.state.is_final() => return Ok(job.result),
            Some(_) => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        feed.wait(left.min(LOOK)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    #[test]
    fn reads_the_preference_among_others() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static("prefer"),
                HeaderValue::from_static(value),
            );
            wanted(&headers)
        };
        assert_eq!(of("respond-async, wait=10"), Some(Duration::from_secs(10)));
        assert_eq!(of("wait=100000"), Some(MOST));
        assert_eq!(of("wait=soon"), None);
        assert_eq!(of("return=minimal"), None);
    }
}
