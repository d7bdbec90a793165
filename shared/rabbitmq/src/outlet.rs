use crate::{
    error::Failure,
    link::{Link, Open},
};
use lapin::Channel;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const BLOCKED_POLL: Duration = Duration::from_millis(20);

/// A long-lived publishing channel with confirms, replaced when it died.
#[derive(Default)]
pub struct Outlet(Option<Open>);

impl Outlet {
    /// The channel once the broker takes messages; [`Failure::Blocked`] when it does not within `patience`. Waiting
    /// here and not in the client's buffer, what waits can still be given up or joined by more.
    pub async fn ready(&mut self, link: &Link, patience: Duration) -> Result<Channel, Failure> {
        let alive = |open: &Open| open.channel.status().connected();
        if !self.0.as_ref().is_some_and(alive) {
            let opened = link.confirming_channel().await;
            self.0 = Some(opened.map_err(|_| Failure::Disconnected)?);
        }
        let open = self.0.as_ref().ok_or(Failure::Disconnected)?;
        let give_up = Instant::now() + patience;
        while open.connection.blocked() {
            if Instant::now() >= give_up {
                return Err(Failure::Blocked);
            }
            sleep(BLOCKED_POLL).await;
        }
        Ok(open.channel.clone())
    }

    /// Forgets a channel whose confirms no longer tell what happened.
    pub fn discard(&mut self) {
        self.0 = None;
    }
}
