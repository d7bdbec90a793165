//! How deliveries lie in the store: one item each, and one that lists it under its subscription.

use crate::domain::{delivery::Delivery, keys, schedule::Schedule};
use contracts::dead_letters;
use ports::{Batch, Timestamp, store::Put};
use std::time::Duration;

/// How long deliveries are kept. What is still due is never dropped for its age.
#[derive(Debug, Clone, Copy)]
pub struct Filing {
    retention: Duration,
    /// The list entry is not touched again, so it is made to outlast the whole schedule.
    listed: Duration,
}

impl Filing {
    #[must_use]
    pub fn new(retention: Duration, schedule: &Schedule) -> Self {
        Self {
            retention,
            listed: retention.saturating_add(schedule.span()),
        }
    }

    /// Writes the delivery's present state; `due_at`: when it is to be tried.
    pub fn put(
        self,
        batch: &mut Batch,
        delivery: &Delivery,
        due_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), serde_json::Error> {
        batch.put_item(Put {
            key: keys::delivery(&delivery.id),
            value: serde_json::to_vec(delivery)?.into(),
            expires_at: Some(due_at.unwrap_or(now).max(now) + self.retention),
            due_at,
        });
        Ok(())
    }

    /// Lists the delivery under its subscription.
    pub fn list(self, batch: &mut Batch, delivery: &Delivery, now: Timestamp) {
        batch.put_item(Put {
            key: keys::deliveries_of(&delivery.subscription_id) + &delivery.id,
            value: bytes::Bytes::new(),
            expires_at: Some(now + self.listed),
            due_at: None,
        });
    }

    /// Gives the delivery of this version another round, whose first attempt is due then.
    pub fn retry(
        self,
        delivery: &mut Delivery,
        version: u64,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<Batch, serde_json::Error> {
        let mut batch = Batch::new();
        batch.expect(keys::delivery(&delivery.id), Some(version));
        if let Some(letter) = delivery.retry(now) {
            batch.delete(dead_letters::key(&letter));
        }
        self.put(&mut batch, delivery, Some(due_at), now)?;
        self.list(&mut batch, delivery, now);
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::tests::delivery;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn what_is_due_outlives_its_retention_and_its_listing() {
        let filing = Filing::new(DAY, &Schedule::new(vec![DAY * 4]));
        let (now, due) = (Timestamp(0), Timestamp(0) + DAY * 6);
        let mut batch = Batch::new();
        filing.put(&mut batch, &delivery(), Some(due), now).unwrap();
        filing.list(&mut batch, &delivery(), now);
        assert_eq!(batch.puts[0].expires_at, Some(due + DAY));
        assert_eq!(batch.puts[1].expires_at, Some(now + DAY * 7));
    }

    #[test]
    fn another_round_removes_the_dead_letter_and_guards_what_was_read() {
        let filing = Filing::new(DAY, &Schedule::new(vec![]));
        let mut delivery = delivery();
        delivery.die("x");
        let letter = delivery.put_aside(Timestamp(0));
        let batch = filing
            .retry(&mut delivery, 7, Timestamp(5), Timestamp(3))
            .unwrap();
        assert_eq!(batch.deletes, [dead_letters::key(&letter.id)]);
        let key = keys::delivery(&delivery.id);
        assert_eq!(batch.conditions, [ports::store::Condition::Version(key, 7)]);
        assert_eq!(batch.puts[0].due_at, Some(Timestamp(5)));
        assert!(batch.check().is_ok());
    }
}
