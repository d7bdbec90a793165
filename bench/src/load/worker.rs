use super::{Mix, Tally};
use crate::{
    contacts::{Contacts, PATH},
    http::{Kept, Target},
};
use std::{
    borrow::Cow,
    rc::Rc,
    time::{Duration, Instant},
};

/// A server that takes no connections is not asked again at once.
const PAUSE: Duration = Duration::from_millis(50);

/// Requests that begin in it are counted.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub begin: Instant,
    pub end: Instant,
}

/// What all connections of a run share.
pub struct Worker {
    pub target: Target,
    pub mix: Mix,
    pub get: Vec<u8>,
    pub contacts: Contacts,
    pub window: Window,
}

impl Worker {
    /// One connection's work, to the window's end.
    pub async fn work(self: Rc<Self>) -> anyhow::Result<Tally> {
        let mut tally = Tally::new()?;
        let mut kept = Kept::default();
        for n in 0.. {
            let request = self.request(n);
            let begun = Instant::now();
            if begun >= self.window.end {
                break;
            }
            let outcome = kept.exchange(&self.target, &request).await;
            if begun >= self.window.begin {
                let now = Instant::now();
                tally.add(&outcome, now - begun, now);
            }
            if outcome.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(tally)
    }

    fn request(&self, n: u64) -> Cow<'_, [u8]> {
        if self.mix.posts(n) {
            self.target.post_json(PATH, &self.contacts.next()).into()
        } else {
            (&self.get).into()
        }
    }
}
