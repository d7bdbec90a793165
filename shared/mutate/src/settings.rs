use crate::CASES;
use std::{str::FromStr, time::Duration};

/// Of runs that are to be the same each time.
const SEED: u64 = 1;

pub struct Settings {
    pub seed: u64,
    pub end: End,
}

pub enum End {
    Cases(u64),
    Time(Duration),
}

impl Settings {
    pub fn read() -> Self {
        let seconds = number("SWITCHBOARD_FUZZ_SECONDS");
        let seed = number("SWITCHBOARD_FUZZ_SEED");
        let usual = if seconds.is_some() {
            rand::random()
        } else {
            SEED
        };
        Self {
            seed: seed.unwrap_or(usual),
            end: seconds.map_or(End::Cases(CASES), |seconds| {
                End::Time(Duration::from_secs(seconds))
            }),
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = u64::from_str(&text);
    Some(number.unwrap_or_else(|_| panic!("{name} must be a number, not {text:?}")))
}
