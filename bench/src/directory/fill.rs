use super::Plan;
use crate::{
    http::{Kept, Target},
    load::Tally,
    measurement::Measurement,
    system::running::Running,
    usage::Meter,
};
use anyhow::Context;
use serde::Deserialize;
use serde_json::json;
use std::{cell::Cell, rc::Rc, time::Instant};
use tokio::task::{JoinSet, LocalSet};

/// Operations of one request, as many as it may have.
const BATCH: u64 = 500;
const PATH: &str = "/v1/contacts/batch";

pub struct Filled {
    pub measurement: Measurement,
    /// The id of one of the contacts.
    pub first: String,
}

#[derive(Deserialize)]
struct Results {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    status: u16,
    contact: Option<Created>,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

/// What the writers share.
struct Filling {
    target: Target,
    batches: Vec<Vec<u8>>,
    next: Cell<usize>,
    first: Cell<Option<String>>,
}

/// Creates all contacts of the plan. The time counts contacts, the latencies are those of whole requests.
pub async fn run(system: &Running, plan: &Plan) -> anyhow::Result<Filled> {
    let filling = Rc::new(Filling {
        target: system.target.clone(),
        batches: batches(&system.target, plan),
        next: Cell::new(0),
        first: Cell::new(None),
    });
    let (meter, begun) = (Meter::start(&system.watched)?, Instant::now());
    let writers = usize::from(plan.writers);
    let tally = LocalSet::new()
        .run_until(filling.clone().all(writers))
        .await?;
    let (elapsed, usage) = (begun.elapsed(), meter.stop()?);
    let measurement = Measurement {
        scenario: format!("fill, {BATCH} contacts a request"),
        unit: "requests",
        elapsed,
        latencies: tally.latencies,
        errors: tally.errors,
        usage,
        note: None,
    };
    let first = filling.first.take();
    let first =
        first.with_context(|| format!("no contact was created: {}", measurement.errors()))?;
    Ok(Filled { measurement, first })
}

/// The bytes of every request, made beforehand: the time is to be that of the system.
fn batches(target: &Target, plan: &Plan) -> Vec<Vec<u8>> {
    let starts = (0..plan.contacts).step_by(BATCH as usize);
    let batch = |start: u64| {
        let end = (start + BATCH).min(plan.contacts);
        let people = (start..end).map(|n| plan.person(n));
        let creates = people.map(|person| json!({ "op": "create", "contact": person.json() }));
        let body = json!(creates.collect::<Vec<_>>()).to_string();
        target.post_json(PATH, &body)
    };
    starts.map(batch).collect()
}

impl Filling {
    async fn all(self: Rc<Self>, writers: usize) -> anyhow::Result<Tally> {
        let mut tasks = JoinSet::new();
        for _ in 0..writers {
            tasks.spawn_local(self.clone().write());
        }
        let mut total = Tally::new()?;
        while let Some(tally) = tasks.join_next().await {
            total.merge(tally.context("a writer's task")??)?;
        }
        Ok(total)
    }

    async fn write(self: Rc<Self>) -> anyhow::Result<Tally> {
        let (mut tally, mut kept) = (Tally::new()?, Kept::default());
        while let Some(batch) = self.batches.get(self.next.replace(self.next.get() + 1)) {
            let begun = Instant::now();
            let outcome = kept.exchange(&self.target, batch).await;
            let now = Instant::now();
            if let Ok(answer) = &outcome
                && answer.status == 200
            {
                self.look(&answer.body, &mut tally)?;
            }
            tally.add(&outcome, now - begun, now);
        }
        Ok(tally)
    }

    /// Counts what was refused, and remembers a contact.
    fn look(&self, body: &[u8], tally: &mut Tally) -> anyhow::Result<()> {
        let answer: Results = serde_json::from_slice(body).context("reading a batch's results")?;
        for outcome in answer.results {
            match outcome.contact {
                Some(contact) if outcome.status == 201 => self.first.set(Some(contact.id)),
                _ => tally.count(format!("contact {}", outcome.status)),
            }
        }
        Ok(())
    }
}
