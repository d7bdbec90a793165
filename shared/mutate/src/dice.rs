use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use std::ops::RangeInclusive;

/// What cases are made of and checks choose by: from the same seed always the same.
#[derive(Debug)]
pub struct Dice(SmallRng);

impl Dice {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    pub fn number(&mut self, range: RangeInclusive<usize>) -> usize {
        self.0.random_range(range)
    }

    /// True so often, from 0 to 1.
    pub fn chance(&mut self, often: f64) -> bool {
        self.0.random_bool(often)
    }

    /// `None` of nothing.
    pub fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.choose(&mut self.0)
    }
}
