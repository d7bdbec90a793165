//! One try to hand an event over, and what follows from it.

use crate::domain::{schedule::Schedule, sealing::Sealed};
use bytes::Bytes;
use ports::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So much of an answer is read and kept.
pub const MAX_ANSWER_BYTES: usize = 4 << 10;

const GONE: u16 = 410;

/// What came of calling an endpoint once.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub at: Timestamp,
    pub latency: Duration,
    /// The answer, or why there was none.
    pub result: Result<Reply, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// At most [`MAX_ANSWER_BYTES`].
    pub body: Bytes,
}

/// An attempt as it is kept with its delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub at: Timestamp,
    /// `None` when there was no answer.
    pub status: Option<u16>,
    pub latency_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Sealed to the event's data, so that it goes when the data goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Sealed>,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Retry {
        wait: Duration,
        reason: String,
    },
    Dead {
        reason: String,
    },
    /// The receiver wants no more events at all.
    Gone,
}

impl Exchange {
    /// `failures` are those in a row before this attempt; `jitter` is 0 to 1.
    #[must_use]
    pub fn verdict(&self, failures: u32, schedule: &Schedule, jitter: f64) -> Verdict {
        let (reason, asked) = match &self.result {
            Ok(reply) if (200..300).contains(&reply.status) => return Verdict::Delivered,
            Ok(reply) if reply.status == GONE => return Verdict::Gone,
            Ok(reply) => (format!("answered {}", reply.status), reply.retry_after),
            Err(error) => (error.clone(), None),
        };
        match schedule.wait(failures.saturating_add(1), asked, jitter) {
            Some(wait) => Verdict::Retry { wait, reason },
            None => Verdict::Dead { reason },
        }
    }

    /// The record of this attempt; `answer` is the sealed body.
    #[must_use]
    pub fn record(&self, answer: Option<Sealed>) -> Attempt {
        Attempt {
            at: self.at,
            status: self.result.as_ref().ok().map(|reply| reply.status),
            latency_ms: u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX),
            error: self.result.as_ref().err().cloned(),
            answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, retry_after: Option<u64>) -> Exchange {
        Exchange {
            at: Timestamp(0),
            latency: Duration::from_millis(7),
            result: Ok(Reply {
                status,
                retry_after: retry_after.map(Duration::from_secs),
                body: Bytes::new(),
            }),
        }
    }

    fn verdict(exchange: &Exchange, failures: u32) -> Verdict {
        let schedule = Schedule::new(vec![Duration::from_secs(5)]);
        exchange.verdict(failures, &schedule, 0.0)
    }

    #[test]
    fn every_2xx_is_a_success_and_410_is_the_end() {
        for status in [200, 201, 204, 299] {
            assert_eq!(verdict(&answered(status, None), 0), Verdict::Delivered);
        }
        assert_eq!(verdict(&answered(410, Some(9)), 0), Verdict::Gone);
    }

    #[test]
    fn everything_else_is_tried_again_until_the_delays_are_used_up() {
        for status in [100, 301, 307, 400, 404, 429, 500, 503] {
            let retry = Verdict::Retry {
                wait: Duration::from_secs(5),
                reason: format!("answered {status}"),
            };
            assert_eq!(verdict(&answered(status, None), 0), retry);
            assert!(matches!(
                verdict(&answered(status, None), 1),
                Verdict::Dead { .. }
            ));
        }
    }

    #[test]
    fn a_receiver_s_wish_to_wait_is_granted() {
        let Verdict::Retry { wait, .. } = verdict(&answered(429, Some(60)), 0) else {
            panic!("not a retry");
        };
        assert_eq!(wait, Duration::from_secs(60));
    }

    #[test]
    fn no_answer_is_recorded_without_a_status() {
        let exchange = Exchange {
            result: Err("connection refused".to_owned()),
            ..answered(200, None)
        };
        let attempt = exchange.record(None);
        assert_eq!((attempt.status, attempt.latency_ms), (None, 7));
        assert_eq!(attempt.error.as_deref(), Some("connection refused"));
    }
}
