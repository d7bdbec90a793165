//! What can happen to a system.

use rand::{Rng, RngExt};
use std::{fmt, ops::RangeInclusive, time::Duration};

/// How long something stays away that was killed, in milliseconds: also longer than others take to notice it.
const AWAY: RangeInclusive<u64> = 0..=8_000;
/// How long a network stays cut.
const CUT: RangeInclusive<u64> = 3_000..=10_000;
/// Quiet time before a disturbance.
const CALM: RangeInclusive<u64> = 1_000..=5_000;
pub const MAX_COPIES: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// kill -9, and the same again after this time
    Kill(Duration),
    /// SIGTERM, and the same again when it has ended
    Replace,
    /// No network between it and the others for this time
    Cut(Duration),
    /// So many copies from now on
    Scale(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disturbance {
    pub means: Means,
    /// A service's or a server's name.
    pub what: &'static str,
    /// Which of its copies, modulo their number.
    copy: usize,
}

/// What there is to be disturbed.
#[derive(Debug, Clone, Copy)]
pub struct Targets {
    /// Ours; they may be stopped and be there more than once.
    pub services: &'static [&'static str],
    pub servers: &'static [&'static str],
    /// Networks can be cut and services scaled.
    pub containers: bool,
}

impl Disturbance {
    /// Each server falls as often as all services together: its outage is everybody's.
    pub fn draw(dice: &mut impl Rng, targets: &Targets) -> Self {
        let Targets {
            services, servers, ..
        } = *targets;
        let kinds = 2 + servers.len() + if targets.containers { 3 } else { 0 };
        let kind = dice.random_range(0..kinds);
        let (service, copy) = (one_of(dice, services), dice.random_range(0..64));
        let away = Duration::from_millis(dice.random_range(AWAY));
        let cut = Duration::from_millis(dice.random_range(CUT));
        let (means, what) = match kind.checked_sub(2) {
            None if kind == 0 => (Means::Kill(away), service),
            None => (Means::Replace, service),
            Some(n) if n < servers.len() => (Means::Kill(away), servers[n]),
            Some(n) if n == servers.len() => (Means::Cut(cut), service),
            Some(n) if n == servers.len() + 1 => (Means::Cut(cut), one_of(dice, servers)),
            Some(_) => (Means::Scale(dice.random_range(1..=MAX_COPIES)), service),
        };
        Self { means, what, copy }
    }

    /// The one that is meant.
    pub fn choose<'a, T>(&self, copies: &'a [T]) -> Option<&'a T> {
        copies.get(self.copy % copies.len().max(1))
    }
}

pub fn calm(dice: &mut impl Rng) -> Duration {
    Duration::from_millis(dice.random_range(CALM))
}

fn one_of(dice: &mut impl Rng, names: &[&'static str]) -> &'static str {
    let n = dice.random_range(0..names.len().max(1));
    names.get(n).copied().unwrap_or_default()
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(away) => write!(f, "kill -9, away for {:.1} s:", away.as_secs_f64()),
            Self::Replace => write!(f, "replace:"),
            Self::Cut(time) => write!(f, "cut off for {:.1} s:", time.as_secs_f64()),
            Self::Scale(copies) => write!(f, "scale to {copies}:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    const TARGETS: Targets = Targets {
        services: &["gateway", "phonebook"],
        servers: &["redis", "rabbitmq"],
        containers: true,
    };

    fn draw(seed: u64, targets: &Targets) -> Vec<Disturbance> {
        let mut dice = StdRng::seed_from_u64(seed);
        (0..300)
            .map(|_| Disturbance::draw(&mut dice, targets))
            .collect()
    }

    #[test]
    fn a_seed_gives_the_same_disturbances_again() {
        assert_eq!(draw(7, &TARGETS), draw(7, &TARGETS));
        assert_ne!(draw(7, &TARGETS), draw(8, &TARGETS));
    }

    #[test]
    fn everything_happens_sooner_or_later() {
        let drawn = draw(1, &TARGETS);
        let happens = |what, means: fn(Means) -> bool| {
            drawn.iter().any(|one| one.what == what && means(one.means))
        };
        for what in ["gateway", "phonebook", "redis", "rabbitmq"] {
            assert!(happens(what, |means| matches!(means, Means::Kill(_))));
            assert!(happens(what, |means| matches!(means, Means::Cut(_))));
        }
        for what in TARGETS.services {
            assert!(happens(what, |means| means == Means::Replace));
            assert!(happens(what, |means| matches!(means, Means::Scale(1..=3))));
        }
    }

    #[test]
    fn servers_are_neither_replaced_nor_scaled_and_processes_not_cut_off() {
        let all = draw(1, &TARGETS);
        let servers = all.iter().filter(|one| TARGETS.servers.contains(&one.what));
        for one in servers {
            assert!(matches!(one.means, Means::Kill(_) | Means::Cut(_)));
        }
        let processes = Targets {
            servers: &[],
            containers: false,
            ..TARGETS
        };
        for one in draw(1, &processes) {
            assert!(matches!(one.means, Means::Kill(_) | Means::Replace));
        }
    }

    #[test]
    fn means_one_of_those_that_are_there() {
        for one in draw(1, &TARGETS) {
            assert!(one.choose(&["a", "b", "c"]).is_some());
            assert_eq!(one.choose::<u8>(&[]), None);
        }
    }
}
