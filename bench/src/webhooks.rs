//! From a created contact to its webhook.

use crate::{
    contacts::{Contacts, Created},
    http::{Connection, Target},
    latencies::Latencies,
    measurement::Measurement,
    sink::{Arrivals, Sink},
    usage::{Meter, Watched},
};
use anyhow::Context;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    net::Ipv4Addr,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    task::{JoinSet, LocalSet},
    time::timeout,
};

const PATH: &str = "/v1/subscriptions";
/// Connections that create contacts.
const POSTERS: usize = 16;
/// Longest wait for a probe before another is sent, and how many are sent.
const PROBE: Duration = Duration::from_millis(500);
const PROBES: usize = 240;
/// Longest silence before deliveries count as lost: over the first delay of a retry.
const SILENCE: Duration = Duration::from_secs(30);

pub async fn run(target: &Target, events: u64, watched: &[Watched]) -> anyhow::Result<Measurement> {
    LocalSet::new()
        .run_until(measure(target, events, watched))
        .await
}

async fn measure(target: &Target, events: u64, watched: &[Watched]) -> anyhow::Result<Measurement> {
    let arrivals = Rc::<Arrivals>::default();
    let sink = Sink::start(Ipv4Addr::LOCALHOST.into(), arrivals.clone()).await?;
    let mut connection = Connection::open(target).await?;
    let subscription = subscribe(&mut connection, target, &sink.url("127.0.0.1")).await?;
    wait_until_in_force(&mut connection, target, &arrivals).await?;
    let meter = Meter::start(watched)?;
    let (began, begun) = (SystemTime::now(), Instant::now());
    let ids = post(target, events).await?;
    let posted = begun.elapsed();
    let mut results = collect(&arrivals, &ids, began).await?;
    results.usage = meter.stop()?;
    results.note = Some(format!(
        "creating the contacts took {:.2} s",
        posted.as_secs_f64()
    ));
    let gone = connection
        .exchange(&target.request("DELETE", &format!("{PATH}/{subscription}")))
        .await?;
    anyhow::ensure!(
        gone.status < 300,
        "removing the subscription: {}",
        gone.status
    );
    Ok(results)
}

async fn subscribe(
    connection: &mut Connection,
    target: &Target,
    endpoint: &str,
) -> anyhow::Result<String> {
    let body =
        format!(r#"{{"event_types":["contact.*"],"channel":"webhook","endpoint":"{endpoint}"}}"#);
    let request = target.post_json(PATH, &body);
    let created: Created = connection
        .json(&request)
        .await
        .context("subscribing the sink")?;
    Ok(created.id)
}

/// Subscriptions take a moment, and events of before may still be under way: a probe that arrives shows that both are over.
async fn wait_until_in_force(
    connection: &mut Connection,
    target: &Target,
    arrivals: &Arrivals,
) -> anyhow::Result<()> {
    let contacts = Contacts::new();
    for _ in 0..PROBES {
        let id = contacts.create(connection, target).await?;
        if timeout(PROBE, arrivals.wait_for(&id)).await.is_ok() {
            return Ok(());
        }
    }
    anyhow::bail!("no event has reached the sink")
}

/// Creates contacts on several connections and gives their ids.
async fn post(target: &Target, events: u64) -> anyhow::Result<Vec<String>> {
    let contacts = Rc::new(Contacts::new());
    let left = Rc::new(Cell::new(events));
    let ids = Rc::new(RefCell::new(Vec::new()));
    let mut posters = JoinSet::new();
    for _ in 0..POSTERS {
        let (contacts, left, ids) = (contacts.clone(), left.clone(), ids.clone());
        let target = target.clone();
        posters.spawn_local(async move {
            let mut connection = Connection::open(&target).await?;
            while left.get() > 0 {
                left.set(left.get() - 1);
                let id = contacts.create(&mut connection, &target).await?;
                ids.borrow_mut().push(id);
            }
            anyhow::Ok(())
        });
    }
    while let Some(poster) = posters.join_next().await {
        poster.context("a connection's task")??;
    }
    Ok(ids.take())
}

/// Waits for every contact's event, in any order.
async fn collect(
    arrivals: &Arrivals,
    ids: &[String],
    began: SystemTime,
) -> anyhow::Result<Measurement> {
    let mut latencies = Latencies::new()?;
    let (mut last, mut lost) = (began, 0);
    for id in ids {
        match timeout(SILENCE, arrivals.wait_for(id)).await {
            Ok(arrival) => {
                last = last.max(arrival.at);
                latencies.record(arrival.latency);
            }
            Err(_) => lost += 1,
        }
    }
    Ok(Measurement {
        scenario: "webhooks".to_owned(),
        unit: "deliveries",
        elapsed: last.duration_since(began).unwrap_or_default(),
        latencies,
        errors: BTreeMap::from_iter((lost > 0).then(|| ("lost".to_owned(), lost))),
        usage: Vec::new(),
        note: None,
    })
}
