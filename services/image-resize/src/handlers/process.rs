//! Makes the variants of an uploaded picture.

use super::swept_now;
use crate::{
    deletion,
    model::{self, Facts, Found, Image, Presets, Ready, State, job},
    originals, presets,
    studio::{Company, Developed, Order, Studio, Work},
    variants,
};
use contracts::{images, jobs};
use imaging::{ImageError, Rendered};
use ports::{Batch, Result};
use runtime::{Failure, HOLD, Invocation, Outcome};

/// A picture at which the process broke off so often is what it breaks at.
const MAX_BROKEN_OFF: u32 = 3;

/// What the picture turned out to be, and what the image becomes by it.
type Verdict = (Option<Facts>, State);

/// A picture that cannot be decoded is a result like any other; only what may go better another time is a failure.
pub async fn process(
    studio: &Studio,
    invocation: &Invocation,
    id: &str,
) -> Result<Outcome, Failure> {
    let Some(found) = model::find(invocation, id).await? else {
        return overtaken(invocation, id);
    };
    let place = studio.place(Work::Upload, company(&found.image)).await?;
    // The wait may have been a long one.
    let Some(found) = model::find(invocation, id).await? else {
        return overtaken(invocation, id);
    };
    if found.image.state != State::Processing {
        return Ok(Outcome::default());
    }
    let presets = Presets::of(invocation).await?;
    if let Some(state) = hopeless(studio, &found.image) {
        return conclude(invocation, &found, &presets, (None, state)).await;
    }
    let original = match originals::read(invocation, &found.image, studio.limits().max_bytes).await
    {
        // The original may have been swept under our hands; then there is nothing to try again.
        Err(_) if model::find(invocation, id).await?.is_none() => return overtaken(invocation, id),
        original => original?,
    };
    let begun = begin(invocation, found).await?;
    let orders = orders(&begun.image, &presets);
    let developed = studio.develop(place, original, orders).await;
    let verdict = match verdict(invocation, &begun.image, &presets, developed).await {
        Ok(verdict) => still_wanted(invocation, &presets).await.map(|()| verdict),
        failed => failed,
    };
    match verdict {
        Ok(verdict) => conclude(invocation, &begun, &presets, verdict).await,
        Err(failure) => {
            put_off(invocation, begun).await?;
            Err(failure)
        }
    }
}

/// What the process may have died of is in work alone, so that no other picture is taken for the cause.
const fn company(image: &Image) -> Company {
    if image.broken_off() == 0 {
        Company::Others
    } else {
        Company::Nobody
    }
}

/// A commit that fails looks like a process that died, so what can be known before is looked at before.
async fn still_wanted(invocation: &Invocation, presets: &Presets) -> Result<(), Failure> {
    if Presets::of(invocation).await?.is_of(presets) {
        return Ok(());
    }
    Err(Failure::retry("the presets changed meanwhile"))
}

/// The image was deleted; an earlier run of this very event may have written variants after its bytes were swept.
fn overtaken(invocation: &Invocation, id: &str) -> Result<Outcome, Failure> {
    Ok(swept_now(deletion::again(id, invocation.now + HOLD)?))
}

/// Why there is no sense in beginning.
fn hopeless(studio: &Studio, image: &Image) -> Option<State> {
    let limit = studio.limits().max_bytes;
    let error = if image.bytes > limit {
        let what = "bytes";
        ImageError::TooLarge { what, limit }.to_string()
    } else if image.broken_off() >= MAX_BROKEN_OFF {
        format!("the work on the picture broke off {MAX_BROKEN_OFF} times")
    } else {
        return None;
    };
    Some(State::Failed { error })
}

fn orders(image: &Image, presets: &Presets) -> Vec<Order> {
    let named = presets::named(&image.presets, presets);
    let orders = named.iter().map(|preset| Order::of(preset, image));
    orders.collect()
}

/// Notes that the work begins, before anything can happen to this process by it.
async fn begin(invocation: &Invocation, mut found: Found) -> Result<Found> {
    found.image.attempts += 1;
    let number = found.image.attempts;
    note(invocation, found, |job| job::attempt(job, number)).await
}

/// Notes that the work ended in good order, without a result: it was not the picture's fault.
async fn put_off(invocation: &Invocation, mut begun: Found) -> Result<()> {
    begun.image.put_off += 1;
    note(invocation, begun, |job| job.state = jobs::State::Queued).await?;
    Ok(())
}

async fn note(
    invocation: &Invocation,
    found: Found,
    change: impl FnOnce(&mut jobs::Job),
) -> Result<Found> {
    let mut batch = Batch::new();
    batch.expect(model::key(&found.image.id), Some(found.version));
    found.image.put(&mut batch)?;
    if let Some(id) = found.image.job.as_deref() {
        job::amend(invocation, &mut batch, id, change).await?;
    }
    let version = invocation.note(batch).await?;
    Ok(Found { version, ..found })
}

async fn verdict(
    invocation: &Invocation,
    image: &Image,
    presets: &Presets,
    developed: Result<Developed, Failure>,
) -> Result<Verdict, Failure> {
    Ok(match developed? {
        Developed::Spoiled(error) => (None, State::Failed { error }),
        Developed::Made(rendered) => {
            let facts = Facts::of(&rendered.header);
            let ready = store(invocation, image, presets, rendered).await?;
            (Some(facts), State::Ready(ready))
        }
    })
}

async fn store(
    invocation: &Invocation,
    image: &Image,
    presets: &Presets,
    made: Rendered,
) -> Result<Ready> {
    let named = presets::named(&image.presets, presets);
    let variants = variants::store(invocation, image, &named, made.variants);
    Ok(Ready {
        variants: variants.await?,
        thumbhash: made.thumbhash,
        dominant_color: made.dominant_color,
    })
}

/// Image, job and event in one commit, on condition that nobody touched the image or the presets meanwhile: who re-makes
/// the variants of a changed preset passes by what is still in work.
async fn conclude(
    invocation: &Invocation,
    found: &Found,
    presets: &Presets,
    (facts, state): Verdict,
) -> Result<Outcome, Failure> {
    let (event, job) = match &state {
        State::Failed { .. } => (images::FAILED, jobs::State::Failed),
        State::Ready(_) | State::Processing => (images::READY, jobs::State::Succeeded),
    };
    let image = Image {
        facts: facts.or_else(|| found.image.facts.clone()),
        state,
        ..found.image.clone()
    };
    let mut batch = Batch::new();
    presets.expect(&mut batch);
    batch.expect(model::key(&image.id), Some(found.version));
    image.put(&mut batch)?;
    model::close(invocation, &mut batch, &image, job, image.error()).await?;
    let data = model::changed(&image, image.state.name());
    batch.event(invocation.event(event, &image.id, &data)?);
    Ok(batch.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{World, id, picture};

    #[tokio::test]
    async fn only_what_broke_off_is_in_work_alone() {
        let world = World::new();
        let id = id();
        let event = world.uploaded(&id, picture(8, 8)).await;
        assert_eq!(company(&world.image(&id).await), Company::Others);
        // What it returns is never committed: the process has died.
        world.handle(event).await;
        assert_eq!(company(&world.image(&id).await), Company::Nobody);
    }
}
