//! A process held to a share of a core, by the kernel's control groups.

use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

const ROOT: &str = "/sys/fs/cgroup";
/// Short enough that no pause between two turns at a core shows in the time of a picture. Microseconds.
const PERIOD: u32 = 20_000;
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A control group; it goes when this is dropped, which has to be after the process' end.
pub struct Quota(PathBuf);

impl Quota {
    /// Holds a process, and what it starts from now on, to so many hundredths of a core.
    pub fn hold(id: u32, percent: u16) -> anyhow::Result<Self> {
        Self::make(id, percent)
            .context("a share of a core is given by control groups, which takes root and the `cpu` controller")
    }

    fn make(id: u32, percent: u16) -> anyhow::Result<Self> {
        let name = format!(
            "bench-{}-{}",
            process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let quota = u32::from(percent) * PERIOD / 100;
        let unified = Path::new(ROOT).join("cgroup.controllers").exists();
        let (folder, settings) = if unified {
            // Without effect where it is on already.
            let _ = fs::write(Path::new(ROOT).join("cgroup.subtree_control"), "+cpu");
            let limit = ("cpu.max", format!("{quota} {PERIOD}"));
            (Path::new(ROOT).join(name), vec![limit])
        } else {
            let period = ("cpu.cfs_period_us", PERIOD.to_string());
            let quota = ("cpu.cfs_quota_us", quota.to_string());
            (Path::new(ROOT).join("cpu").join(name), vec![period, quota])
        };
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        let group = Self(folder);
        for (file, value) in settings {
            group.write(file, &value)?;
        }
        group.write("cgroup.procs", &id.to_string())?;
        Ok(group)
    }

    fn write(&self, file: &str, value: &str) -> anyhow::Result<()> {
        let file = self.0.join(file);
        fs::write(&file, value).with_context(|| format!("writing {value} to {}", file.display()))
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // With a process in it, it stays; an empty one costs nothing.
        let _ = fs::remove_dir(&self.0);
    }
}
