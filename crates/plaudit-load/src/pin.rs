//! Which cores a thread or process may use: the server on some and the load on others, or they disturb each other.

use anyhow::Context as _;
use rustix::thread::{CpuSet, Pid, sched_setaffinity};

/// Cores, as in `0`, `0,2` or `0-3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cores(Vec<usize>);

impl std::str::FromStr for Cores {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no list of cores: write 0, or 0,2, or 0-3");
        let number = |text: &str| text.trim().parse::<usize>().ok().filter(|core| *core < 1024);
        let mut cores = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first).ok_or_else(wrong)?, number(last).ok_or_else(wrong)?);
            if first > last {
                return Err(wrong());
            }
            cores.extend(first..=last);
        }
        Ok(Self(cores))
    }
}

impl std::fmt::Display for Cores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&numbers.join(","))
    }
}

impl Cores {
    /// Puts the thread that asks on these cores.
    pub(crate) fn take(&self) -> anyhow::Result<()> {
        sched_setaffinity(None, &self.set()).with_context(|| format!("can't run on the cores {self}"))
    }

    /// Puts all threads of a process on these cores; those that it makes later follow.
    pub(crate) fn put(&self, pid: u32) -> anyhow::Result<()> {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
            .with_context(|| format!("there is no process {pid} to put on cores"))?;
        for thread in threads.flatten() {
            let tid = thread.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            // A thread that has just ended needs no core.
            let _ = tid.map(|tid| sched_setaffinity(Some(tid), &self.set()));
        }
        Ok(())
    }

    fn set(&self) -> CpuSet {
        let mut set = CpuSet::new();
        for core in &self.0 {
            set.set(*core);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cores_are_read_and_written() {
        let cores = |text: &str| text.parse::<Cores>().map(|cores| cores.to_string());
        assert_eq!(cores("0").unwrap(), "0");
        assert_eq!(cores("0,2-4").unwrap(), "0,2,3,4");
        for wrong in ["", "a", "3-1", "0,,1", "-1", "99999"] {
            assert!(cores(wrong).is_err(), "{wrong}");
        }
    }
}
