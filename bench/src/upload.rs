//! From the end of a photo's upload to the contact that shows it.

use crate::{
    contacts::{Contacts, PATH},
    http::{Connection, Target},
    latencies::Latencies,
    measurement::Measurement,
    usage::{Meter, Watched},
};
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How often the contact is looked at, and so how exact the times are.
const LOOK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Contact {
    photo: Option<Value>,
}

/// Uploads one photo after another, each to a contact of its own.
pub async fn run(
    target: &Target,
    photo: &[u8],
    count: u64,
    watched: &[Watched],
) -> anyhow::Result<Measurement> {
    let mut connection = Connection::open(target).await?;
    let contacts = Contacts::new();
    let mut latencies = Latencies::new()?;
    let mut errors = BTreeMap::new();
    let meter = Meter::start(watched)?;
    let begun = Instant::now();
    for _ in 0..count {
        let id = contacts.create(&mut connection, target).await?;
        match one(&mut connection, target, &id, photo).await? {
            Ok(time) => latencies.record(time),
            Err(fault) => *errors.entry(fault).or_default() += 1,
        }
    }
    Ok(Measurement {
        scenario: "upload".to_owned(),
        unit: "photos",
        elapsed: begun.elapsed(),
        latencies,
        errors,
        usage: meter.stop()?,
        note: Some(format!("a photo of {} bytes", photo.len())),
    })
}

/// The time until the photo shows, or what went wrong.
async fn one(
    connection: &mut Connection,
    target: &Target,
    id: &str,
    photo: &[u8],
) -> anyhow::Result<Result<Duration, String>> {
    let put = target.send("PUT", &format!("{PATH}/{id}/photo"), "image/jpeg", photo);
    let answer = connection.exchange(&put).await?;
    if !(200..300).contains(&answer.status) {
        return Ok(Err(answer.status.to_string()));
    }
    let get = target.request("GET", &format!("{PATH}/{id}"));
    let mut looks = tokio::time::interval(LOOK);
    while answer.sent.elapsed() < PATIENCE {
        looks.tick().await;
        let contact: Contact = connection.json(&get).await?;
        if contact.photo.is_some() {
            return Ok(Ok(answer.sent.elapsed()));
        }
    }
    Ok(Err("not shown".to_owned()))
}
