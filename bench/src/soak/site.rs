//! A system that can be disturbed.

use super::disturbance::{Disturbance, Targets};
use std::net::IpAddr;

pub trait Site {
    /// Who may do everything.
    fn root_key(&self) -> &str;

    /// On which address of this machine a webhook listens, and under which name the system finds it.
    fn webhook(&self) -> (IpAddr, String);

    fn targets(&self) -> Targets;

    /// Where gateways listen at present.
    async fn gateways(&self) -> anyhow::Result<Vec<String>>;

    /// Returns when the blow has been dealt, with the name of what it hit.
    async fn strike(&mut self, disturbance: &Disturbance) -> anyhow::Result<String>;

    /// Waits as long as it has to stay away, and makes it whole again.
    async fn heal(&mut self, disturbance: &Disturbance, hit: &str) -> anyhow::Result<()>;

    /// `clean`: nothing is left to be looked into.
    async fn close(self, clean: bool) -> anyhow::Result<()>;
}
