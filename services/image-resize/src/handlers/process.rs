//! Makes the variants of an uploaded picture.

use super::{Studio, studio::Developed, swept_now};
use crate::{
    deletion,
    domain::{Encoded, ImageError, Rendered},
    model::{self, Facts, Found, Image, Ready, State},
};
use bytes::Bytes;
use contracts::{
    images::{self, Variant},
    jobs,
};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use ports::{Batch, Error, Kind, Result};
use runtime::{Failure, HOLD, Invocation, Outcome};

/// A picture that cannot be decoded is a result like any other; only what may go better another time is a failure.
pub async fn process(
    studio: &Studio,
    invocation: &Invocation,
    id: &str,
) -> Result<Outcome, Failure> {
    let Some(found) = model::find(invocation, id).await? else {
        return overtaken(invocation, id);
    };
    if found.image.state != State::Processing {
        return Ok(Outcome::default());
    }
    match develop(studio, invocation, &found.image).await {
        Ok((facts, state)) => conclude(invocation, &found, facts, state).await,
        // The original may have been swept under our hands; then there is nothing to try again.
        Err(_) if model::find(invocation, id).await?.is_none() => overtaken(invocation, id),
        Err(failure) => Err(failure),
    }
}

/// The image was deleted; an earlier run of this very event may have written variants after its bytes were swept.
fn overtaken(invocation: &Invocation, id: &str) -> Result<Outcome, Failure> {
    Ok(swept_now(deletion::again(id, invocation.now + HOLD)?))
}

/// What the picture turned out to be, and what the image becomes by it.
async fn develop(
    studio: &Studio,
    invocation: &Invocation,
    image: &Image,
) -> Result<(Option<Facts>, State), Failure> {
    let limit = studio.limits().max_bytes;
    if image.bytes > limit {
        let what = "bytes";
        let error = ImageError::TooLarge { what, limit }.to_string();
        return Ok((None, State::Failed { error }));
    }
    let original = read(invocation, image, limit).await?;
    Ok(match studio.develop(original, &image.presets).await? {
        Developed::Spoiled(error) => (None, State::Failed { error }),
        Developed::Made(rendered) => {
            let facts = Facts::of(&rendered.header);
            let ready = store(invocation, image, rendered).await?;
            (Some(facts), State::Ready(ready))
        }
    })
}

async fn read(invocation: &Invocation, image: &Image, limit: u64) -> Result<Vec<u8>> {
    let chunks = invocation.blobs.get(&image.blob, None).await?;
    let too_large = || {
        let message = format!("{} holds more than {limit} bytes", image.blob);
        Error::new(Kind::TooLarge, message)
    };
    chunks
        .try_fold(Vec::new(), |mut bytes, chunk| {
            bytes.extend_from_slice(&chunk);
            let fits = bytes.len() as u64 <= limit;
            future::ready(fits.then_some(bytes).ok_or_else(too_large))
        })
        .await
}

async fn store(invocation: &Invocation, image: &Image, mut rendered: Rendered) -> Result<Ready> {
    let place = |name: &str| image.presets.iter().position(|preset| preset == name);
    rendered.variants.sort_by_key(|made| place(&made.name));
    let writes = rendered
        .variants
        .into_iter()
        .map(|encoded| write(invocation, image, encoded));
    Ok(Ready {
        variants: future::try_join_all(writes).await?,
        thumbhash: rendered.thumbhash,
        dominant_color: rendered.dominant_color,
    })
}

async fn write(invocation: &Invocation, image: &Image, encoded: Encoded) -> Result<Variant> {
    let name = encoded.name;
    let extension = encoded.format.extension();
    let key = images::variant_key(invocation.tenant.as_str(), &image.id, &name, extension);
    let limit = encoded.bytes.len() as u64;
    let body = stream::once(future::ready(Ok(Bytes::from(encoded.bytes)))).boxed();
    let stored = invocation.blobs.put(&key, body, limit).await?;
    Ok(Variant {
        url: format!("/v1/images/{}/{name}", image.id),
        name,
        width: encoded.width,
        height: encoded.height,
        format: encoded.format.name().to_owned(),
        bytes: stored.bytes,
        sha256: stored.sha256,
        blob: Some(key),
    })
}

/// Image, job and event in one commit, on condition that nobody touched the image meanwhile.
async fn conclude(
    invocation: &Invocation,
    found: &Found,
    facts: Option<Facts>,
    state: State,
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
    batch.expect(model::key(&image.id), Some(found.version));
    image.put(&mut batch)?;
    model::close(invocation, &mut batch, &image, job, image.error()).await?;
    let data = model::changed(&image, image.state.name());
    batch.event(invocation.event(event, &image.id, &data)?);
    Ok(batch.into())
}
