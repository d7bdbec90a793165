use super::{Erasures, imports};
use crate::{
    domain::{Region, Zone},
    storage::{
        chain,
        group_cards::{joining, listing},
        imports::Ahead,
        keys,
        photos::extraction,
        preferences, reminders,
    },
};
use async_trait::async_trait;
use ports::Item;
use runtime::{DueHandler, Failure, Invocation, Outcome};

/// Everything of this service that is ever due.
pub struct Timers {
    /// Of tenants that have named none.
    pub zone: Zone,
    /// Where numbers without `+` are dialled, likewise.
    pub default_region: Option<Region>,
    pub ahead: Ahead,
}

#[async_trait]
impl DueHandler for Timers {
    async fn fire(
        &self,
        invocation: &Invocation,
        key: &str,
        item: &Item,
    ) -> Result<Outcome, Failure> {
        if key.starts_with(keys::IMPORTS) {
            return imports::resume(&self.ahead, invocation, item, self.default_region).await;
        }
        if let Some(image_id) = chain::id_of(key, keys::EXTRACTIONS) {
            let extracted = extraction::resume(invocation, image_id, &item.value).await?;
            return Ok(extracted.into());
        }
        if let Some(group) = chain::id_of(key, keys::JOINING) {
            let batch = joining::resume(invocation, group, &item.value).await?;
            return Ok(batch.into());
        }
        if let Some(group) = chain::id_of(key, keys::LISTING) {
            return Ok(listing::resume(invocation, group).await?.into());
        }
        if key != keys::DAILY {
            return Erasures.fire(invocation, key, item).await;
        }
        let wanted = preferences::find(invocation).await?.preferences;
        let wanted = wanted.time_zone.and_then(|name| Zone::parse(&name).ok());
        let zone = wanted.as_ref().unwrap_or(&self.zone);
        Ok(reminders::fire(invocation, item, zone).await?.into())
    }
}
