//! The files of `/proc/<id>`.

use anyhow::Context;
use std::{fs, time::Duration};

/// Linux counts CPU time for user space in hundredths of a second on every architecture.
const TICKS_PER_SECOND: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub group: u32,
    /// In user and kernel mode, all threads.
    pub cpu: Duration,
    /// The same of children that have ended and were waited for.
    pub children: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bytes.
    pub resident: u64,
    /// Bytes.
    pub peak: u64,
}

pub fn stat(id: u32) -> anyhow::Result<Stat> {
    let text = read(id, "stat")?;
    parse_stat(&text).with_context(|| format!("reading the times of process {id}"))
}

pub fn memory(id: u32) -> anyhow::Result<Memory> {
    let text = read(id, "status")?;
    parse_memory(&text).with_context(|| format!("reading the memory of process {id}"))
}

/// The ids of a group's processes.
pub fn group(leader: u32) -> anyhow::Result<Vec<u32>> {
    let entries = fs::read_dir("/proc").context("listing processes")?;
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(ids
        .filter(|id| stat(*id).is_ok_and(|stat| stat.group == leader))
        .collect())
}

fn read(id: u32, file: &str) -> anyhow::Result<String> {
    let bytes = fs::read(format!("/proc/{id}/{file}"))
        .with_context(|| format!("looking at process {id}"))?;
    // A process may name itself in any bytes.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The program's name stands in parentheses and may contain any character, so fields are counted behind its end.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split_ascii_whitespace();
    let group = fields.nth(2)?.parse().ok()?;
    let mut ticks = fields.skip(8);
    let mut both = || {
        let (user, system): (u64, u64) = (ticks.next()?.parse().ok()?, ticks.next()?.parse().ok()?);
        let milliseconds = user.checked_add(system)?;
        let milliseconds = milliseconds.checked_mul(1000 / TICKS_PER_SECOND)?;
        Some(Duration::from_millis(milliseconds))
    };
    Some(Stat {
        group,
        cpu: both()?,
        children: both()?,
    })
}

fn parse_memory(text: &str) -> Option<Memory> {
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
        kibibytes.checked_mul(1024)
    };
    Some(Memory {
        resident: bytes("VmRSS:")?,
        peak: bytes("VmHWM:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_fields_behind_the_name() {
        let text = "7 (a) b) S 1 5 5 0 -1 4194560 9 8 7 6 150 50 2 1 20 0 1";
        let expected = Stat {
            group: 5,
            cpu: Duration::from_secs(2),
            children: Duration::from_millis(30),
        };
        assert_eq!(parse_stat(text), Some(expected));
    }

    #[test]
    fn reads_sizes() {
        let text = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        let expected = Memory {
            resident: 1 << 20,
            peak: 2 << 20,
        };
        assert_eq!(parse_memory(text), Some(expected));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9]{1,3} \\(.{0,9}\\) [ -~]{0,60}", noise in any::<String>()) {
            let _ = (parse_stat(&text), parse_stat(&noise));
            let _ = parse_memory(&format!("VmHWM:{noise}\nVmRSS: {noise} kB"));
        }

        #[test]
        fn reads_any_times(user in 0u64..1 << 40, system in 0u64..1 << 40) {
            let text = format!("7 (x) S 1 5 5 0 -1 0 0 0 0 0 {user} {system} 0 0");
            let cpu = Duration::from_millis((user + system) * 10);
            let children = Duration::ZERO;
            prop_assert_eq!(parse_stat(&text), Some(Stat { group: 5, cpu, children }));
        }
    }
}
