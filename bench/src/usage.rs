//! What processes use, as the kernel tells it (proc(5)).

mod proc;

use anyhow::Context;
use std::{fmt, fs, time::Duration};

/// A process, or a process group, that is watched under a name.
#[derive(Debug, Clone)]
pub struct Watched {
    pub name: String,
    who: Who,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Process(u32),
    Group(u32),
}

impl Watched {
    #[must_use]
    pub fn process(name: &str, id: u32) -> Self {
        Self {
            name: name.to_owned(),
            who: Who::Process(id),
        }
    }

    /// All processes of a group: a broker is a shell script, a runtime and its helpers.
    #[must_use]
    pub fn group(name: &str, leader: u32) -> Self {
        Self {
            name: name.to_owned(),
            who: Who::Group(leader),
        }
    }

    /// `name=123`, as it stands on a command line.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split_once('=')
            .and_then(|(name, id)| Some(Self::process(name, id.parse().ok()?)))
            .filter(|watched| !watched.name.is_empty())
            .ok_or_else(|| "must be like gateway=123".to_owned())
    }

    pub fn cpu(&self) -> anyhow::Result<Duration> {
        self.sum(|id| Ok(proc::stat(id)?.cpu))
            .map(|all| all.iter().sum())
    }

    /// With what processes used that it has started and that have ended.
    pub fn cpu_with_children(&self) -> anyhow::Result<Duration> {
        self.sum(|id| {
            let stat = proc::stat(id)?;
            Ok(stat.cpu + stat.children)
        })
        .map(|all| all.iter().sum())
    }

    /// Resident memory now, in bytes.
    pub fn resident(&self) -> anyhow::Result<u64> {
        self.sum(|id| Ok(proc::memory(id)?.resident))
            .map(|all| all.iter().sum())
    }

    /// Resident memory when it was most, in bytes.
    pub fn peak(&self) -> anyhow::Result<u64> {
        self.sum(|id| Ok(proc::memory(id)?.peak))
            .map(|all| all.iter().sum())
    }

    /// Lets the kernel's peak start again from the present size.
    fn reset_peak(&self) -> anyhow::Result<()> {
        let reset = |id| {
            fs::write(format!("/proc/{id}/clear_refs"), "5")
                .with_context(|| format!("resetting the memory peak of process {id}"))
        };
        self.sum(reset).map(|_| ())
    }

    fn sum<T>(&self, read: impl Fn(u32) -> anyhow::Result<T>) -> anyhow::Result<Vec<T>> {
        match self.who {
            Who::Process(id) => Ok(vec![
                read(id).with_context(|| format!("watching {}", self.name))?,
            ]),
            // Members come and go: one that has just ended is no error.
            Who::Group(leader) => {
                let members = proc::group(leader)?;
                if members.is_empty() {
                    anyhow::bail!("{} has ended", self.name);
                }
                Ok(members.into_iter().filter_map(|id| read(id).ok()).collect())
            }
        }
    }
}

/// What one process used in a run.
#[derive(Debug, Clone)]
pub struct Usage {
    pub name: String,
    pub cpu: Duration,
    /// Highest resident memory in the run, in bytes.
    pub peak: u64,
    /// Resident memory at its end, in bytes.
    pub end: u64,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cpu, peak, end) = (
            self.cpu.as_secs_f64(),
            mebibytes(self.peak),
            mebibytes(self.end),
        );
        write!(
            f,
            "{}: {cpu:.2} s CPU, {peak:.1} MiB at most, {end:.1} MiB at the end",
            self.name
        )
    }
}

#[must_use]
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Measures from its start to its stop.
pub struct Meter<'a>(Vec<(&'a Watched, Duration)>);

impl<'a> Meter<'a> {
    pub fn start(watched: &'a [Watched]) -> anyhow::Result<Self> {
        let each = watched.iter().map(|one| {
            one.reset_peak()?;
            Ok((one, one.cpu()?))
        });
        each.collect::<anyhow::Result<_>>().map(Self)
    }

    pub fn stop(self) -> anyhow::Result<Vec<Usage>> {
        let each = self.0.into_iter().map(|(one, before)| {
            // What is taken between the two readings must not make the end larger than the peak.
            let end = one.resident()?;
            Ok(Usage {
                name: one.name.clone(),
                cpu: one.cpu()?.saturating_sub(before),
                peak: one.peak()?,
                end,
            })
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_this_very_process() {
        let watched = [Watched::process("me", std::process::id())];
        let meter = Meter::start(&watched).unwrap();
        let ballast = vec![1u8; 32 << 20];
        assert!(ballast.iter().all(|byte| *byte == 1));
        drop(ballast);
        let usage = &meter.stop().unwrap()[0];
        assert!(usage.peak >= 32 << 20 && usage.peak >= usage.end && usage.end > 0);
    }

    #[test]
    fn reads_names_and_ids() {
        assert_eq!(Watched::parse("gateway=123").unwrap().name, "gateway");
        for wrong in ["123", "=1", "gateway=", "gateway=-1"] {
            assert!(Watched::parse(wrong).is_err(), "{wrong}");
        }
    }
}
