//! What a process costs, read from /proc: processor time, memory, descriptors. Elsewhere than on Linux there is
//! nothing to read, and figures that need it are left out.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Processor time since a process or thread began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// In the program itself.
    pub(crate) user: Duration,
    /// In the kernel on its behalf.
    pub(crate) system: Duration,
}

impl Cpu {
    /// Both.
    pub(crate) fn total(self) -> Duration {
        self.user + self.system
    }

    /// Of a process, with its threads that have ended.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Of one thread of this process.
    pub(crate) fn of_thread(tid: i32) -> Option<Self> {
        parse_stat(&fs::read_to_string(format!("/proc/self/task/{tid}/stat")).ok()?)
    }

    /// Of the thread that asks.
    pub(crate) fn of_this_thread() -> Option<Self> {
        Self::of_thread(this_thread())
    }

    /// What was used since an earlier reading.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            system: self.system.saturating_sub(before.system),
        }
    }
}

/// The kernel's number of the thread that asks.
pub(crate) fn this_thread() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// A tick of the times in `stat`: 10 ms on every Linux that this runs on (`USER_HZ` is part of its interface). The sum
/// of both is exact to a tick; how it is divided is the kernel's estimate.
const TICK: Duration = Duration::from_millis(10);

fn parse_stat(stat: &str) -> Option<Cpu> {
    // The name in parentheses may hold anything; what follows is numbers. The times are fields 14 and 15.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(Cpu { user: TICK * ticks()?, system: TICK * ticks()? })
}

/// Memory that has not fallen for so long falls no more. Allocators wait a second or so before they give back; what a
/// password's hash took (19 MiB) stays with a thread of the runtime, which ends when it had nothing to do for 10 s; and the
/// server keeps a session that it has read for 30 s.
const REST: Duration = Duration::from_secs(40);
/// Between two readings.
const PAUSE: Duration = Duration::from_millis(100);
/// Memory that falls for longer than this is taken as it is.
const PATIENCE: Duration = Duration::from_mins(2);

/// Memory of a process, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// In memory now.
    pub(crate) rss: u64,
    /// The same, with shared pages divided among those who share them.
    pub(crate) pss: u64,
    /// What nobody else has.
    pub(crate) private: u64,
}

impl Memory {
    /// Of a process.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        parse_smaps(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?)
    }

    /// Of a process, once it falls no more. What a server needed to start, or for what was asked of it before, it has
    /// for a while; counted as taken before the connections came, it would make them look cheaper than they are.
    pub(crate) fn at_rest(
        pid: Option<u32>,
        mut ask: impl FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<Self>> {
        let Some(mut least) = pid.and_then(Self::of) else { return Ok(None) };
        let (began, mut fell) = (Instant::now(), Instant::now());
        while fell.elapsed() < REST && began.elapsed() < PATIENCE {
            // An allocator gives back what is free when something is asked of it.
            ask()?;
            let now = pid.and_then(Self::of).unwrap_or(least);
            if now.pss < least.pss {
                fell = Instant::now();
            }
            least = least.least(now);
            // Reading it takes the server's memory map for a moment.
            sleep(PAUSE);
        }
        Ok(Some(least))
    }

    /// The smaller of each.
    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            rss: self.rss.min(other.rss),
            pss: self.pss.min(other.pss),
            private: self.private.min(other.private),
        }
    }
}

fn parse_smaps(text: &str) -> Option<Memory> {
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_suffix("kB")?.trim().parse::<u64>().ok())
    };
    Some(Memory {
        rss: field("Rss:")?,
        pss: field("Pss:")?,
        private: field("Private_Clean:")? + field("Private_Dirty:")?,
    })
}

/// How many descriptors a process holds.
pub(crate) fn descriptors(pid: u32) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) R) b) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 1 0 5 6 7";
        let cpu = parse_stat(stat).unwrap();
        assert_eq!((cpu.user, cpu.system), (Duration::from_millis(1500), Duration::from_millis(250)));
        assert_eq!(parse_stat("nothing"), None);
    }

    #[test]
    fn memory_is_read_from_the_roll_up() {
        let text = "55 7f ---p 00 00:00 0 [rollup]\nRss:    1000 kB\nPss:     600 kB\nPss_Dirty: 5 kB\n\
                    Private_Clean:    100 kB\nPrivate_Dirty:    400 kB\n";
        assert_eq!(parse_smaps(text), Some(Memory { rss: 1000, pss: 600, private: 500 }));
        assert_eq!(parse_smaps("Rss: 1 kB"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_times_memory_and_descriptors() {
        let pid = std::process::id();
        assert!(Cpu::of(pid).is_some() && Cpu::of_this_thread().is_some());
        assert!(Memory::of(pid).unwrap().rss > 0);
        assert!(descriptors(pid).unwrap() >= 3);
        assert_eq!(Cpu::of(u32::MAX), None);
    }
}
