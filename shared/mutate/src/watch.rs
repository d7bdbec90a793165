use std::time::{Duration, Instant};

/// For one case, unoptimised and on a busy machine: what takes longer does too much for what it was given.
pub const LONGEST: Duration = Duration::from_secs(10);
/// Beyond what there was at the start.
pub const MOST_MEMORY: u64 = 512 << 20;

/// How much time and memory the cases take.
pub struct Watch {
    begun: Instant,
    resident: Option<u64>,
}

impl Watch {
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            resident: peak_memory(),
        }
    }

    pub fn running(&self) -> Duration {
        self.begun.elapsed()
    }

    pub fn case(&self, check: impl FnOnce()) {
        let begun = Instant::now();
        check();
        let taken = begun.elapsed();
        assert!(taken < LONGEST, "the case took {taken:?}");
    }

    pub fn check_memory(&self) {
        if let (Some(before), Some(now)) = (self.resident, peak_memory()) {
            let more = now.saturating_sub(before);
            assert!(more < MOST_MEMORY, "the cases took {} MiB", more >> 20);
        }
    }
}

/// The most that this process has had in memory, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}
