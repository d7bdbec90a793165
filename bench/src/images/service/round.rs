use super::super::spread::Spread;
use crate::{
    table::rate,
    usage::{Usage, mebibytes},
};
use std::{fmt, time::Duration};

/// Megapixels of each photograph.
pub const MEGAPIXELS: f64 = 12.0;

/// One turn.
#[derive(Debug, Clone)]
pub struct Round {
    pub elapsed: Duration,
    pub pictures: usize,
    pub usage: Vec<Usage>,
}

impl Round {
    /// Pictures a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.pictures as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Milliseconds of processor time that a picture takes, of all processes together.
    #[must_use]
    pub fn cpu(&self) -> f64 {
        self.usage.iter().map(|usage| self.cpu_of(usage)).sum()
    }

    fn cpu_of(&self, usage: &Usage) -> f64 {
        usage.cpu.as_secs_f64() * 1e3 / self.pictures.max(1) as f64
    }

    /// The same of the process with this name.
    #[must_use]
    pub fn cpu_by_name(&self, name: &str) -> f64 {
        let named = self.usage.iter().filter(|usage| usage.name == name);
        named.map(|usage| self.cpu_of(usage)).sum()
    }

    /// Resident memory of all processes, each when it had most, in MiB.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.usage.iter().map(|usage| mebibytes(usage.peak)).sum()
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pictures, cpu) = (rate(self.rate()), rate(self.cpu()));
        write!(f, "{pictures} pictures a second, {cpu} CPU ms each")
    }
}

/// What was found out about one contender.
#[derive(Debug)]
pub struct Findings {
    pub name: &'static str,
    pub rounds: Vec<Round>,
}

impl Findings {
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            rounds: Vec::new(),
        }
    }

    /// Over all rounds.
    pub fn spread(&self, of: impl Fn(&Round) -> f64) -> Option<Spread> {
        Spread::of(self.rounds.iter().map(of))
    }

    /// Each round by the other's in the same round.
    pub fn ratio(&self, other: &Self, of: impl Fn(&Round) -> f64) -> Option<Spread> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Spread::of(pairs.map(|(one, other)| of(one) / of(other)))
    }

    /// The names of its processes, each once.
    #[must_use]
    pub fn processes(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for usage in self.rounds.iter().flat_map(|round| &round.usage) {
            if !names.contains(&usage.name.as_str()) {
                names.push(&usage.name);
            }
        }
        names
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn round(seconds: u64, cpu: &[(&str, u64)]) -> Round {
        let usage = |&(name, milliseconds): &(&str, u64)| Usage {
            name: name.to_owned(),
            cpu: Duration::from_millis(milliseconds),
            peak: 1 << 20,
            end: 0,
        };
        Round {
            elapsed: Duration::from_secs(seconds),
            pictures: 10,
            usage: cpu.iter().map(usage).collect(),
        }
    }

    #[test]
    fn times_are_of_one_picture_and_of_all_processes() {
        let round = round(5, &[("a", 1000), ("b", 500), ("b", 500)]);
        let found = [round.rate(), round.cpu(), round.cpu_by_name("b")];
        assert_eq!(found, [2.0, 200.0, 100.0]);
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let of = |rounds: &[u64]| Findings {
            rounds: rounds.iter().map(|&n| round(n, &[("a", 1)])).collect(),
            ..Findings::new("one")
        };
        let ratio = of(&[1, 2, 4]).ratio(&of(&[2, 2, 2]), Round::rate).unwrap();
        assert_eq!((ratio.median, ratio.half), (1.0, 0.75));
        assert_eq!(of(&[1, 2]).processes(), ["a"]);
    }
}
