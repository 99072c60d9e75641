//! The machine, in words: figures mean nothing without it.

use std::fs;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    /// How many there are, also where this process is bound to some of them.
    pub(crate) cores: usize,
    /// What they are called.
    pub(crate) processor: String,
    /// GiB.
    pub(crate) memory: u64,
    /// The kernel.
    pub(crate) kernel: String,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let (kernel, processors) = (read("/proc/sys/kernel/osrelease"), read("/proc/cpuinfo"));
        Self {
            cores: match cores(&processors) {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                cores => cores,
            },
            processor: field(&processors, "model name").unwrap_or_else(|| "unknown processor".into()),
            memory: field(&read("/proc/meminfo"), "MemTotal").as_deref().and_then(gibibytes).unwrap_or(0),
            kernel: if kernel.is_empty() {
                std::env::consts::OS.into()
            } else {
                // Behind the dash is what a distributor calls it.
                format!("Linux {}", kernel.trim().split('-').next().unwrap_or_default())
            },
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { cores, processor, memory, kernel } = self;
        let plural = if *cores == 1 { "" } else { "s" };
        write!(f, "{cores} core{plural} ({processor}), {memory} GiB of memory, {kernel}, over loopback")
    }
}

fn cores(processors: &str) -> usize {
    processors.lines().filter(|line| line.starts_with("processor\t")).count()
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn gibibytes(text: &str) -> Option<u64> {
    let kibibytes: u64 = text.strip_suffix("kB")?.trim().parse().ok()?;
    Some((kibibytes + 512 * 1024) / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_described_in_a_line() {
        let machine =
            Machine { cores: 2, processor: "AMD EPYC".into(), memory: 8, kernel: "Linux 6.18.5".into() };
        assert_eq!(machine.to_string(), "2 cores (AMD EPYC), 8 GiB of memory, Linux 6.18.5, over loopback");
        assert_eq!(gibibytes("8052048 kB"), Some(8));
        assert_eq!(field("model name\t: X 1\n", "model name").as_deref(), Some("X 1"));
        assert_eq!(cores("processor\t: 0\nmodel name\t: X 1\n\nprocessor\t: 1\nmodel name\t: X 1\n"), 2);
        assert!(Machine::here().cores >= 1);
    }
}
