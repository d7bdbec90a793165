//! Goes on with a re-make: first the images are counted, then each gets its new variants.

mod slice;

use crate::{
    discards,
    model::{Preset, Presets, job},
    remakes::{self, Remake},
    studio::Studio,
};
use contracts::jobs::State;
use ports::{Batch, Item, Result, store::MAX_PAGE};
use runtime::{Failure, Invocation, Outcome};
use slice::Slice;
use std::time::{Duration, Instant};

/// For how long one firing counts, or begins with further images. The rest of the hold is for the last of them.
const SPELL: Duration = Duration::from_secs(5);
/// How long the old variants of an image stay, for whoever has yet to hear of the new ones.
const OLD_KEPT: Duration = Duration::from_secs(3600);

pub async fn resume(
    studio: &Studio,
    invocation: &Invocation,
    item: &Item,
) -> Result<Outcome, Failure> {
    let remake = remakes::decode(&item.value)?;
    let preset = Presets::of(invocation).await?.find(&remake.preset);
    let batch = match preset.filter(|preset| preset.version == remake.version) {
        None => abandon(invocation, &remake).await?,
        Some(_) if !remake.counted => count(invocation, remake).await?,
        Some(preset) => advance(studio, invocation, remake, &preset).await?,
    };
    Ok(batch.into())
}

async fn abandon(invocation: &Invocation, remake: &Remake) -> Result<Batch> {
    let mut batch = Batch::new();
    let reason = "the preset was changed or deleted";
    remakes::cancel(invocation, &mut batch, &remake.job, reason).await?;
    batch.delete(remake.key());
    Ok(batch)
}

/// So that the job can tell how far it is.
async fn count(invocation: &Invocation, mut remake: Remake) -> Result<Batch> {
    let begun = Instant::now();
    let mut images = 0;
    loop {
        let query = remake.query(MAX_PAGE);
        let page = invocation.store.query(&invocation.tenant, query).await?;
        images += page.items.len() as u64;
        remake.counted = page.next.is_none();
        remake.after = page.next;
        if remake.counted || begun.elapsed() > SPELL {
            break;
        }
    }
    let mut batch = Batch::new();
    job::amend(invocation, &mut batch, &remake.job, |job| {
        job.state = State::Running;
        job.total += images;
        if remake.counted {
            job.steps.push("counted".to_owned());
        }
    })
    .await?;
    remake.put(&mut batch, invocation.now)?;
    Ok(batch)
}

/// A slice of images, and what goes on behind it.
async fn advance(
    studio: &Studio,
    invocation: &Invocation,
    mut remake: Remake,
    preset: &Preset,
) -> Result<Batch, Failure> {
    let slice = Slice::make(studio, invocation, &remake, preset, SPELL).await?;
    let mut batch = slice.batch;
    discards::put(&mut batch, &slice.replaced, invocation.now + OLD_KEPT)?;
    job::amend(invocation, &mut batch, &remake.job, |job| {
        job.done += slice.passed;
        job.total = job.total.max(job.done);
        let done = job.done;
        for fault in slice.faults {
            job::fault(job, done, fault);
        }
        if !slice.goes_on {
            job.total = job.done;
            job.steps.push("made again".to_owned());
            job::finish(job, State::Succeeded, None);
        }
    })
    .await?;
    if slice.goes_on {
        remake.after = slice.after;
        remake.put(&mut batch, invocation.now)?;
    } else {
        batch.delete(remake.key());
    }
    Ok(batch)
}
