//! Rate limits and daily quotas of keys. Tokens are taken from the store's buckets in small blocks, so that a limit costs
//! no store write for each request.

use crate::domain::key::KeyRecord;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ports::{Result, Store, Tenant};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::Mutex as AsyncMutex;
use web::{Problem, ProblemKind};

const DAY: f64 = 86_400.0;
/// Tokens taken at once last about this long.
const BLOCK: f64 = 0.1;
/// Tokens that were not used by then are forgotten, so that they cannot make a later burst larger.
const STALE: Duration = Duration::from_secs(1);
const MAX_BUCKETS: usize = 10_000;

pub struct Limits {
    store: Arc<dyn Store>,
    buckets: Mutex<HashMap<String, Arc<AsyncMutex<Block>>>>,
}

/// What this gateway has taken from a bucket and not spent yet.
struct Block {
    left: u32,
    taken_at: Instant,
    /// What the store had left when it was last asked.
    remaining: u32,
}

/// A limit as it is shown in `RateLimit-Policy`.
struct Policy {
    name: &'static str,
    per_second: f64,
    burst: u32,
    /// Quota and window in seconds.
    shown: (u64, u64),
}

/// The two response fields of the draft (`draft-ietf-httpapi-ratelimit-headers-10`).
#[derive(Debug, Default)]
pub struct Fields {
    policy: Vec<String>,
    state: Vec<String>,
}

impl Fields {
    pub fn write(&self, headers: &mut HeaderMap) {
        for (name, parts) in [
            ("ratelimit-policy", &self.policy),
            ("ratelimit", &self.state),
        ] {
            if !parts.is_empty()
                && let Ok(value) = HeaderValue::from_str(&parts.join(", "))
            {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    fn add(&mut self, policy: &Policy, remaining: u64, reset: u64) {
        let (quota, window) = policy.shown;
        self.policy
            .push(format!("\"{}\";q={quota};w={window}", policy.name));
        self.state
            .push(format!("\"{}\";r={remaining};t={reset}", policy.name));
    }
}

impl Limits {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            buckets: Mutex::default(),
        }
    }

    /// Spends one token of each of the key's limits, or says when to come back.
    pub async fn spend(&self, key: &KeyRecord) -> Result<Fields, Problem> {
        let mut fields = Fields::default();
        for policy in policies(key) {
            let (granted, remaining, wait) = self.take(&key.tenant, &key.id, &policy).await?;
            let reset = wait.as_secs_f64().ceil() as u64;
            fields.add(
                &policy,
                u64::from(remaining),
                if granted { 1 } else { reset.max(1) },
            );
            if !granted {
                let detail = format!("the key's limit \"{}\" is used up", policy.name);
                let mut problem =
                    Problem::new(ProblemKind::TooManyRequests, detail).retry_after(wait);
                problem = problem.header("ratelimit-policy", fields.policy.join(", "));
                return Err(problem.header("ratelimit", fields.state.join(", ")));
            }
        }
        Ok(fields)
    }

    async fn take(
        &self,
        tenant: &Tenant,
        key: &str,
        policy: &Policy,
    ) -> Result<(bool, u32, Duration)> {
        let name = format!("{key}-{}", policy.name);
        let block = self.block(&name);
        let mut block = block.lock().await;
        if block.left > 0 && block.taken_at.elapsed() < STALE {
            block.left -= 1;
            return Ok((
                true,
                block.left.saturating_add(block.remaining),
                Duration::ZERO,
            ));
        }
        let wanted = ((policy.per_second * BLOCK) as u32).clamp(1, policy.burst);
        let taken = self
            .store
            .take(tenant, &name, wanted, policy.per_second, policy.burst)
            .await?;
        *block = Block {
            left: taken.granted.saturating_sub(1),
            taken_at: Instant::now(),
            remaining: taken.remaining,
        };
        Ok((
            taken.granted > 0,
            block.left.saturating_add(taken.remaining),
            taken.retry_after,
        ))
    }

    fn block(&self, name: &str) -> Arc<AsyncMutex<Block>> {
        let fresh = || {
            Arc::new(AsyncMutex::new(Block {
                left: 0,
                taken_at: Instant::now(),
                remaining: 0,
            }))
        };
        let Ok(mut buckets) = self.buckets.lock() else {
            return fresh();
        };
        if buckets.len() >= MAX_BUCKETS {
            buckets.clear();
        }
        buckets.entry(name.to_owned()).or_insert_with(fresh).clone()
    }
}

fn policies(key: &KeyRecord) -> impl Iterator<Item = Policy> {
    let rate = key.rate.map(|rate| Policy {
        name: "rate",
        per_second: rate.per_second,
        burst: rate.burst,
        shown: (
            u64::from(rate.burst),
            (f64::from(rate.burst) / rate.per_second).ceil() as u64,
        ),
    });
    let quota = key.quota.map(|quota| Policy {
        name: "quota",
        per_second: f64::from(quota.per_day) / DAY,
        burst: quota.per_day,
        shown: (u64::from(quota.per_day), DAY as u64),
    });
    rate.into_iter().chain(quota)
}
