//! Readers of outside bytes against bytes that somebody has broken: samples of what they read, mutated at random.
//!
//! A test gives its samples, the words of its format, and a check that panics when a promise is not kept. Without
//! settings it runs [`CASES`] cases, the same each time. For a hunt, `SWITCHBOARD_FUZZ_SECONDS` says how long it goes on,
//! from a random seed. What fails is told with the seed of its case, which `SWITCHBOARD_FUZZ_SEED` begins with, and the
//! bytes are left in a file.
//!
//! ```
//! let samples = [b"key = value\n".to_vec(), b"# comment\n".to_vec()];
//! mutate::Campaign::new("settings", &samples, &["=", "#"]).run(|_dice, bytes| {
//!     let lines = String::from_utf8_lossy(bytes);
//!     assert!(lines.lines().count() <= bytes.len());
//! });
//! ```

mod dice;
mod mutation;
mod settings;
mod watch;

pub use dice::Dice;

use mutation::Mutator;
use settings::{End, Settings};
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
};
use watch::Watch;

/// Cases of a run without settings: a few seconds' worth.
pub const CASES: u64 = 600;

/// One reader's samples and words.
pub struct Campaign<'a> {
    name: &'a str,
    mutator: Mutator<'a>,
}

impl<'a> Campaign<'a> {
    /// `name` is one of its own, for messages and files; `words` are what mutations put in between.
    #[must_use]
    pub const fn new(name: &'a str, samples: &'a [Vec<u8>], words: &'a [&'a str]) -> Self {
        Self {
            name,
            mutator: Mutator { samples, words },
        }
    }

    /// A sample after some mutations, for whoever has a loop of its own.
    #[must_use]
    pub fn mutated(&self, dice: &mut Dice) -> Vec<u8> {
        self.mutator.mutated(dice)
    }

    /// Runs `check` with mutated bytes, until the end or the first panic. A case also fails when it takes longer than
    /// ten seconds, and the whole when it has taken more memory than half a gibibyte.
    pub fn run(&self, mut check: impl FnMut(&mut Dice, &[u8])) {
        let settings = Settings::read();
        println!("{}: cases from seed {}", self.name, settings.seed);
        let (watch, mut done) = (Watch::start(), 0);
        while match settings.end {
            End::Cases(cases) => done < cases,
            End::Time(time) => watch.running() < time,
        } {
            let seed = settings.seed.wrapping_add(done);
            let mut dice = Dice::new(seed);
            let bytes = self.mutated(&mut dice);
            let checked = || watch.case(|| check(&mut dice, &bytes));
            if let Err(panic) = catch_unwind(AssertUnwindSafe(checked)) {
                self.tell(seed, &bytes);
                resume_unwind(panic);
            }
            done += 1;
        }
        println!("{}: {done} cases in {:?}", self.name, watch.running());
        watch.check_memory();
    }

    fn tell(&self, seed: u64, bytes: &[u8]) {
        let file = PathBuf::from(format!("{}-{seed}.case", self.name));
        let file = std::env::temp_dir().join(file);
        let left = std::fs::write(&file, bytes).map(|()| file.display().to_string());
        eprintln!(
            "{}: the case of SWITCHBOARD_FUZZ_SEED={seed} fails; its {} bytes: {left:?}",
            self.name,
            bytes.len()
        );
    }
}

#[cfg(test)]
mod tests;
