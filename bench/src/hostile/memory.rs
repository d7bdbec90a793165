use crate::{
    table::{Table, rate},
    usage::{Watched, mebibytes},
};
use anyhow::ensure;

/// What may be more at the end than after the first tenth: caches fill, and allocators keep some. Both have to be passed.
const MORE_BYTES: u64 = 32 << 20;
const MORE_PERCENT: u64 = 25;

/// Of all processes now, in bytes. One that has none has ended.
pub fn resident(watched: &[Watched]) -> anyhow::Result<u64> {
    let mut all = 0;
    for one in watched {
        let bytes = one.resident()?;
        ensure!(bytes > 0, "{} has ended", one.name);
        all += bytes;
    }
    Ok(all)
}

/// Resident memory in bytes, at rest but for the peak.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub start: u64,
    /// After the first tenth of the time.
    pub tenth: u64,
    pub end: u64,
    pub peak: u64,
}

impl Memory {
    #[must_use]
    pub fn render(&self) -> String {
        let mut table = Table::new(["resident", "MiB"]);
        for (when, bytes) in [
            ("at the start", self.start),
            ("after the first tenth", self.tenth),
            ("at the end", self.end),
            ("at most", self.peak),
        ] {
            table.row([when.to_owned(), rate(mebibytes(bytes))]);
        }
        table.render()
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let more = self.end.saturating_sub(self.tenth);
        let too_much = more > MORE_BYTES && more * 100 > self.tenth * MORE_PERCENT;
        too_much.then(|| {
            let more = rate(mebibytes(more));
            format!("{more} MiB more at the end than after the first tenth")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_much_more_is_a_fault() {
        let grown = |tenth: u64, end: u64| {
            let [tenth, end] = [tenth << 20, end << 20];
            let (start, peak) = (0, end);
            let memory = Memory {
                start,
                tenth,
                end,
                peak,
            };
            memory.fault().is_some()
        };
        assert!(!grown(100, 90) && !grown(100, 132) && !grown(1000, 1249));
        assert!(grown(100, 133) && grown(1000, 1251));
    }
}
