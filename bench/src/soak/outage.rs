//! How long nobody's writes were acknowledged, and until everybody's were again.

use std::time::{Duration, Instant};

/// A time without acknowledgements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub length: Duration,
    /// The last disturbance before its end.
    pub cause: String,
}

pub struct Outages {
    /// When the last acknowledgement came.
    last: Instant,
    cause: String,
    longest: Option<Silence>,
    /// The longest one since the last disturbance began.
    lately: Duration,
    /// Of each writer: when it first asked for what was last acknowledged.
    asked: Vec<Option<Instant>>,
}

impl Outages {
    #[must_use]
    pub fn new(writers: usize, now: Instant) -> Self {
        Self {
            last: now,
            cause: "the start".to_owned(),
            longest: None,
            lately: Duration::ZERO,
            asked: vec![None; writers],
        }
    }

    pub fn acknowledged(&mut self, writer: usize, asked: Instant, now: Instant) {
        let length = now.saturating_duration_since(self.last);
        self.last = now;
        self.lately = self.lately.max(length);
        if self
            .longest
            .as_ref()
            .is_none_or(|most| length > most.length)
        {
            let cause = self.cause.clone();
            self.longest = Some(Silence { length, cause });
        }
        if let Some(of_this) = self.asked.get_mut(writer) {
            *of_this = Some(asked);
        }
    }

    pub fn disturbed(&mut self, cause: String) {
        self.cause = cause;
        self.lately = Duration::ZERO;
    }

    /// Every writer has had something acknowledged that it asked for since.
    #[must_use]
    pub fn is_over_since(&self, instant: Instant) -> bool {
        let mut asked = self.asked.iter();
        asked.all(|asked| asked.is_some_and(|asked| asked >= instant))
    }

    #[must_use]
    pub fn lately(&self) -> Duration {
        self.lately
    }

    #[must_use]
    pub fn longest(&self) -> Option<&Silence> {
        self.longest.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn blames_the_last_disturbance_for_a_silence() {
        let start = Instant::now();
        let mut outages = Outages::new(1, start);
        outages.acknowledged(0, start, start + seconds(1));
        outages.disturbed("redis".to_owned());
        outages.acknowledged(0, start, start + seconds(4));
        outages.disturbed("rabbitmq".to_owned());
        outages.acknowledged(0, start, start + seconds(6));
        let (length, cause) = (seconds(3), "redis".to_owned());
        assert_eq!(outages.longest(), Some(&Silence { length, cause }));
        assert_eq!(outages.lately(), seconds(2));
    }

    #[test]
    fn is_over_when_every_writer_got_what_it_asked_for_since() {
        let start = Instant::now();
        let mut outages = Outages::new(2, start);
        outages.acknowledged(0, start, start);
        assert!(!outages.is_over_since(start), "one has nothing yet");
        outages.acknowledged(1, start, start + seconds(2));
        assert!(outages.is_over_since(start));
        assert!(!outages.is_over_since(start + seconds(1)), "asked before");
    }
}
