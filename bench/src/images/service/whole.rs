//! The whole service: photographs are uploaded over several connections, and each upload is answered when its variants are
//! there (`Prefer: wait`), so that nobody has to ask again and again.

use super::{
    Photo,
    round::Round,
    variant::{Made, Variant},
};
use crate::{
    http::{Connection, Target},
    load::Cycle,
    system::{running::Running, tenant::Tenant},
    usage::{Meter, Watched},
};
use anyhow::ensure;

const PATH: &str = "/v1/images";
/// Seconds that an upload waits for its variants.
const WAIT: &str = "wait=50";
const READY: &[u8] = br#""status":"ready""#;

pub struct Whole {
    pub name: &'static str,
    target: Target,
    watched: Vec<Watched>,
    connections: usize,
}

impl Whole {
    pub fn new(name: &'static str, system: &Running, connections: usize) -> Self {
        Self {
            name,
            target: system.target.clone(),
            watched: system.watched.clone(),
            connections,
        }
    }

    pub async fn variants(&self, photo: &Photo) -> anyhow::Result<Vec<Variant>> {
        let tenant = Tenant::found(&self.target).await?;
        let mut connection = Connection::open(&tenant.target).await?;
        let made: Made = connection.json(&upload(&tenant.target, photo)).await?;
        tenant.erase(&self.target).await?;
        Ok(made.sorted())
    }

    /// In a tenant of its own, which is erased when the measurement is over.
    pub async fn round(&self, photos: &[Photo], count: usize) -> anyhow::Result<Round> {
        let tenant = Tenant::found(&self.target).await?;
        let uploads = photos.iter().map(|photo| upload(&tenant.target, photo));
        let cycle = Cycle::new(&tenant.target, uploads.collect(), is_ready);
        let meter = Meter::start(&self.watched)?;
        let (tally, elapsed) = cycle.run(self.connections, count).await?;
        let usage = meter.stop()?;
        ensure!(tally.errors.is_empty(), "not ready: {:?}", tally.errors);
        tenant.erase(&self.target).await?;
        Ok(Round {
            elapsed,
            pictures: count,
            usage,
        })
    }
}

fn upload(target: &Target, photo: &Photo) -> Vec<u8> {
    let fields = [("content-type", "image/jpeg"), ("prefer", WAIT)];
    target.send_with("POST", PATH, &fields, &photo.bytes)
}

fn is_ready(image: &[u8]) -> bool {
    image.windows(READY.len()).any(|part| part == READY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ready_counts() {
        assert!(is_ready(br#"{"id":"img_1","status":"ready","width":4000}"#));
        assert!(!is_ready(br#"{"id":"img_1","status":"failed"}"#));
        assert!(!is_ready(b""));
    }
}
