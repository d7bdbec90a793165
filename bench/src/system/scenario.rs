use super::{Series, running::Running};
use crate::{
    load::{self, Mix},
    measurement::Measurement,
    upload, webhooks,
};

/// One kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Load(Mix),
    Webhooks,
    Upload,
}

impl Scenario {
    pub const GET: Self = Self::Load(Mix::Get);
    pub const POST: Self = Self::Load(Mix::Post);
    pub const MIXED: Self = Self::Load(Mix::Mixed);
    pub const ALL: [Self; 5] = [
        Self::GET,
        Self::POST,
        Self::MIXED,
        Self::Webhooks,
        Self::Upload,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Load(mix) => mix.name(),
            Self::Webhooks => "webhooks",
            Self::Upload => "upload",
        }
    }

    pub async fn run(self, system: &Running, series: &Series) -> anyhow::Result<Measurement> {
        let (target, watched) = (&system.target, &system.watched[..]);
        match self {
            Self::Load(mix) => load::run(target, mix, &series.plan, watched).await,
            Self::Webhooks => webhooks::run(target, series.events, watched).await,
            Self::Upload => upload::run(target, &series.photo, series.photos, watched).await,
        }
    }
}
