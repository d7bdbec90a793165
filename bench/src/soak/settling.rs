//! From the end of the load until nothing is on its way any more.

use super::{
    account::Account, contact::Contact, deliveries::Deliveries, load::Shared, tenant::Tenant,
};
use std::time::{Duration, Instant};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Longest time without anything new before what is missing counts as lost: longer than claims and retries take.
const SILENCE: Duration = Duration::from_secs(120);

/// Draws accounts until one is complete and the next one says the same, or nothing comes any more.
pub async fn settle(
    shared: &Shared,
    tenant: &mut Tenant,
    deliveries: &Deliveries,
) -> anyhow::Result<Account> {
    let (mut before, mut changed) = (None, Instant::now());
    loop {
        let stored = tenant.contacts().await?;
        let account = draw(shared, &stored, deliveries);
        let now = Some(account.numbers());
        if now == before && (account.is_complete() || changed.elapsed() > SILENCE) {
            return Ok(account);
        }
        if now != before {
            (before, changed) = (now, Instant::now());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn draw(shared: &Shared, stored: &[Contact], deliveries: &Deliveries) -> Account {
    let (ledger, log) = (shared.ledger.borrow(), shared.log.borrow());
    Account::draw(&ledger, stored, &log, deliveries)
}
