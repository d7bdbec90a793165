//! The time since the start, as `00:01:23`, before each line.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn print(self, line: &str) {
        println!("{}  {line}", shown(self.0.elapsed()));
    }
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_hours_on() {
        let shown = [0, 59, 61, 3_600, 360_000].map(|n| shown(Duration::from_secs(n)));
        let expected = ["00:00:00", "00:00:59", "00:01:01", "01:00:00", "100:00:00"];
        assert_eq!(shown, expected);
    }
}
