//! A closed loop over a list of prepared requests, from its start again when it is over.

use super::Tally;
use crate::http::{Kept, Target};
use anyhow::{Context, ensure};
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::{JoinSet, LocalSet};

pub struct Cycle {
    pub target: Target,
    pub requests: Vec<Vec<u8>>,
    /// What a success has to have in its body.
    pub holds: fn(&[u8]) -> bool,
    next: Cell<usize>,
}

impl Cycle {
    pub fn new(target: &Target, requests: Vec<Vec<u8>>, holds: fn(&[u8]) -> bool) -> Rc<Self> {
        Rc::new(Self {
            target: target.clone(),
            requests,
            holds,
            next: Cell::new(0),
        })
    }

    /// Sends so many requests over so many connections, each of which waits for its answer; gives what they saw and
    /// how long all took.
    pub async fn run(
        self: &Rc<Self>,
        connections: usize,
        count: usize,
    ) -> anyhow::Result<(Tally, Duration)> {
        ensure!(!self.requests.is_empty(), "there is nothing to ask for");
        let begun = Instant::now();
        let end = self.next.get() + count;
        let all = async {
            let mut callers = JoinSet::new();
            for _ in 0..connections {
                callers.spawn_local(self.clone().call(end));
            }
            let mut total = Tally::new()?;
            while let Some(tally) = callers.join_next().await {
                total.merge(tally.context("a connection's task")??)?;
            }
            anyhow::Ok(total)
        };
        let tally = LocalSet::new().run_until(all).await?;
        Ok((tally, begun.elapsed()))
    }

    async fn call(self: Rc<Self>, end: usize) -> anyhow::Result<Tally> {
        let (mut tally, mut kept) = (Tally::new()?, Kept::default());
        while self.next.get() < end {
            let n = self.next.replace(self.next.get() + 1);
            let request = &self.requests[n % self.requests.len()];
            let begun = Instant::now();
            let outcome = kept.exchange(&self.target, request).await;
            let now = Instant::now();
            match &outcome {
                Ok(answer) if answer.status < 300 && !(self.holds)(&answer.body) => {
                    tally.count("found nothing".to_owned());
                }
                _ => tally.add(&outcome, now - begun, now),
            }
        }
        Ok(tally)
    }
}
