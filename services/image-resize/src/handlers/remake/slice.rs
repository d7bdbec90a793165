use crate::{
    model::{self, Found, Image, Preset, State},
    originals,
    remakes::Remake,
    studio::{Company, Developed, Order, Place, Studio, Work},
    variants,
};
use contracts::images::{self, Variant};
use futures_util::{StreamExt, stream};
use ports::{Batch, Kind, Result};
use runtime::{Failure, Invocation};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Images of one commit at most.
const LENGTH: usize = 32;

/// Bytes of a commit that is full. An image of very many variants, with its event, still fits behind them.
const FULL: usize = 512 << 10;

/// What one firing did.
pub struct Slice {
    pub batch: Batch,
    /// How many images it went by.
    pub passed: u64,
    pub faults: Vec<String>,
    /// Blobs that nothing names any more.
    pub replaced: Vec<String>,
    /// The key behind which the next one begins.
    pub after: Option<String>,
    pub goes_on: bool,
}

/// What became of one image.
enum Remade {
    /// It has what it is to have.
    Left,
    /// It is still in work, and gets this preset with the others.
    Noted,
    Made(Vec<Variant>),
    /// The old variants stay.
    Spoiled(String),
    /// The time was over before it was begun.
    Late,
}

impl Slice {
    /// Makes the preset's variants of the next images, as many as are begun in time.
    pub async fn make(
        studio: &Studio,
        invocation: &Invocation,
        remake: &Remake,
        preset: &Preset,
        spell: Duration,
    ) -> Result<Self, Failure> {
        let page = invocation
            .store
            .query(&invocation.tenant, remake.query(LENGTH))
            .await?;
        let end = Instant::now() + spell;
        let mut slice = Self {
            batch: Batch::new(),
            passed: 0,
            faults: Vec::new(),
            replaced: Vec::new(),
            after: remake.after.clone(),
            goes_on: true,
        };
        let works = page.items.into_iter().map(|(key, item)| async move {
            let image = model::decode(&item.value)?;
            let version = item.version;
            let found = Found { image, version };
            let remade = make(studio, invocation, remake, preset, &found.image, end).await?;
            Ok::<_, Failure>((key, found, remade))
        });
        let works: Vec<_> = works.collect();
        let mut works = stream::iter(works).buffered(studio.places(Work::Remake));
        while let Some(done) = works.next().await {
            let (key, found, remade) = done?;
            if matches!(remade, Remade::Late) {
                return Ok(slice);
            }
            slice.take(invocation, remake, found, remade)?;
            slice.after = Some(key);
            if slice.batch.value_bytes() > FULL {
                return Ok(slice);
            }
        }
        slice.goes_on = page.next.is_some();
        slice.after = page.next;
        Ok(slice)
    }

    fn take(
        &mut self,
        invocation: &Invocation,
        remake: &Remake,
        found: Found,
        remade: Remade,
    ) -> Result<()> {
        self.passed += 1;
        match remade {
            Remade::Left | Remade::Late => Ok(()),
            Remade::Noted => {
                let mut image = found.image;
                name_preset(&mut image, &remake.preset);
                self.put(&image, found.version)
            }
            Remade::Spoiled(reason) => {
                self.faults.push(format!("{}: {reason}", found.image.id));
                Ok(())
            }
            Remade::Made(variants) => self.replace(invocation, &remake.preset, found, variants),
        }
    }

    fn replace(
        &mut self,
        invocation: &Invocation,
        name: &str,
        found: Found,
        variants: Vec<Variant>,
    ) -> Result<()> {
        let mut image = found.image;
        let old = image.variants_of(name).filter_map(|old| old.blob.clone());
        let is_kept = |blob: &String| variants.iter().any(|new| new.blob.as_ref() == Some(blob));
        let old: Vec<String> = old.filter(|blob| !is_kept(blob)).collect();
        self.replaced.extend(old);
        name_preset(&mut image, name);
        if let State::Ready(ready) = &mut image.state {
            let place = ready.variants.iter().position(|old| old.name == name);
            ready.variants.retain(|old| old.name != name);
            let place = place.unwrap_or(ready.variants.len());
            ready.variants.splice(place..place, variants);
        }
        self.put(&image, found.version)?;
        let data = model::changed(&image, image.state.name());
        let event = invocation.event(images::READY, &image.id, &data)?;
        self.batch.event(event);
        Ok(())
    }

    fn put(&mut self, image: &Image, version: u64) -> Result<()> {
        self.batch.expect(model::key(&image.id), Some(version));
        image.put(&mut self.batch)
    }
}

fn name_preset(image: &mut Image, name: &str) {
    if !image.presets.iter().any(|preset| preset == name) {
        image.presets.push(name.to_owned());
    }
}

async fn make(
    studio: &Studio,
    invocation: &Invocation,
    remake: &Remake,
    preset: &Preset,
    image: &Image,
    end: Instant,
) -> Result<Remade, Failure> {
    if let Some(settled) = settled(image, remake) {
        return Ok(settled);
    }
    let patience = end.saturating_duration_since(Instant::now());
    if patience.is_zero() {
        return Ok(Remade::Late);
    }
    let Ok(place) = timeout(patience, studio.place(Work::Remake, Company::Others)).await else {
        return Ok(Remade::Late);
    };
    develop(studio, invocation, preset, image, place?).await
}

/// What becomes of an image for which there is nothing to make. One that is still in work is made with the preset as it
/// is now.
fn settled(image: &Image, remake: &Remake) -> Option<Remade> {
    let has = image.presets.contains(&remake.preset);
    let mut made = image.variants_of(&remake.preset);
    let is_made = made.any(|variant| variant.version == remake.version);
    match image.state {
        State::Processing if remake.everywhere && !has => Some(Remade::Noted),
        State::Ready(_) if (has || remake.everywhere) && !is_made => None,
        _ => Some(Remade::Left),
    }
}

async fn develop(
    studio: &Studio,
    invocation: &Invocation,
    preset: &Preset,
    image: &Image,
    place: Place,
) -> Result<Remade, Failure> {
    let limit = studio.limits().max_bytes;
    let original = match originals::read(invocation, image, limit).await {
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::TooLarge) => {
            return Ok(Remade::Spoiled(error.to_string()));
        }
        original => original?,
    };
    let orders = vec![Order::of(preset, image)];
    match studio.develop(place, original, orders).await? {
        Developed::Spoiled(reason) => Ok(Remade::Spoiled(reason)),
        Developed::Made(made) => {
            let presets = std::slice::from_ref(preset);
            let variants = variants::store(invocation, image, presets, made.variants);
            Ok(Remade::Made(variants.await?))
        }
    }
}
