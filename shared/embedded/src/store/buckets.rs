//! Token buckets. In memory: the one process that takes tokens is the one that counts them.

use ports::{Error, Result, Tenant, Timestamp, store::Taken};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Buckets that are kept before full ones, which are as good as new, are first looked for.
const FIRST_SWEEP: usize = 1_024;

#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    per_second: f64,
    burst: u32,
}

impl Rate {
    pub(super) fn new(per_second: f64, burst: u32) -> Result<Self> {
        if per_second.is_finite() && per_second >= 0.0 {
            Ok(Self { per_second, burst })
        } else {
            Err(Error::invalid(format!(
                "a bucket cannot gain {per_second} tokens a second"
            )))
        }
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
    /// When it will be full, at the rate of its last use.
    full_at: Timestamp,
}

impl Bucket {
    const fn full(rate: Rate, now: Timestamp) -> Self {
        Self {
            tokens: rate.burst as f64,
            at: now,
            full_at: now,
        }
    }

    fn take(&mut self, count: u32, rate: Rate, now: Timestamp) -> Taken {
        let burst = f64::from(rate.burst);
        let gained = now.since(self.at).as_secs_f64() * rate.per_second;
        let tokens = (self.tokens + gained).min(burst);
        let granted = count.min(tokens.floor() as u32);
        self.tokens = tokens - f64::from(granted);
        self.at = now;
        self.full_at = now + time_for(burst - self.tokens, rate);
        let remaining = self.tokens.floor() as u32;
        Taken {
            granted,
            remaining,
            retry_after: if remaining > 0 {
                Duration::ZERO
            } else {
                time_for(1.0 - self.tokens, rate)
            },
        }
    }
}

/// Forever, if the bucket gains nothing.
fn time_for(tokens: f64, rate: Rate) -> Duration {
    Duration::try_from_secs_f64(tokens / rate.per_second).unwrap_or(Duration::MAX)
}

#[derive(Debug, Default)]
pub(super) struct Buckets(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    buckets: HashMap<(Tenant, String), Bucket>,
    sweep_at: usize,
}

impl Buckets {
    pub(super) fn take(
        &self,
        tenant: &Tenant,
        bucket: &str,
        count: u32,
        rate: Rate,
        now: Timestamp,
    ) -> Taken {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.forget_full(now);
        table
            .buckets
            .entry((tenant.clone(), bucket.to_owned()))
            .or_insert_with(|| Bucket::full(rate, now))
            .take(count, rate, now)
    }
}

impl Table {
    /// Keeps the table in proportion to the buckets in use, at a constant cost for each take on average.
    fn forget_full(&mut self, now: Timestamp) {
        if self.buckets.len() >= self.sweep_at.max(FIRST_SWEEP) {
            self.buckets.retain(|_, bucket| bucket.full_at > now);
            self.sweep_at = self.buckets.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(buckets: &Buckets, name: &str, count: u32, micros: u64) -> Taken {
        let rate = Rate::new(2.0, 4).expect("a rate");
        buckets.take(&Tenant::system(), name, count, rate, Timestamp(micros))
    }

    #[test]
    fn a_bucket_starts_full_and_refills_up_to_its_burst() {
        let buckets = Buckets::default();
        let first = take(&buckets, "a", 3, 0);
        assert_eq!(
            (first.granted, first.remaining, first.retry_after),
            (3, 1, Duration::ZERO)
        );
        let second = take(&buckets, "a", 3, 0);
        assert_eq!((second.granted, second.remaining), (1, 0));
        assert_eq!(second.retry_after, Duration::from_millis(500));
        assert_eq!(take(&buckets, "a", 9, 750_000).granted, 1);
        assert_eq!(take(&buckets, "a", 9, 60_000_000).granted, 4);
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let buckets = Buckets::default();
        for number in 0..10_000_u64 {
            take(&buckets, &number.to_string(), 1, number * 1_000_000);
        }
        let table = buckets.0.lock().expect("no panic");
        assert!(table.buckets.len() <= FIRST_SWEEP);
    }

    #[test]
    fn impossible_rates_are_refused() {
        for rate in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(Rate::new(rate, 1).is_err());
        }
        let never = Rate::new(0.0, 0).expect("a rate");
        let taken = Buckets::default().take(&Tenant::system(), "b", 1, never, Timestamp(1));
        assert_eq!((taken.granted, taken.retry_after), (0, Duration::MAX));
    }
}
