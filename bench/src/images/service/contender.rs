use super::{Photo, alone::Alone, round::Round, variant::Variant, whole::Whole};

/// Who makes pictures.
pub enum Contender {
    Alone(Box<Alone>),
    Whole(Whole),
}

impl Contender {
    /// The engine with so many places.
    pub fn alone(name: &'static str, places: usize) -> anyhow::Result<Self> {
        Ok(Self::Alone(Box::new(Alone::start(name, places)?)))
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Alone(engine) => engine.name,
            Self::Whole(service) => service.name,
        }
    }

    /// What it makes of a photograph.
    pub async fn variants(&mut self, photo: &Photo) -> anyhow::Result<Vec<Variant>> {
        match self {
            Self::Alone(engine) => engine.variants(photo).await,
            Self::Whole(service) => service.variants(photo).await,
        }
    }

    /// Has so many pictures made, of the photographs in turn.
    pub async fn round(&mut self, photos: &[Photo], count: usize) -> anyhow::Result<Round> {
        match self {
            Self::Alone(engine) => engine.round(photos, count).await,
            Self::Whole(service) => service.round(photos, count).await,
        }
    }
}
