//! What a stretch of load cost: time, the server's processor and memory, and the load's own.

use std::time::Instant;

use crate::out::{Outcome, Unit};
use crate::usage::{Cpu, Memory};

/// Whose cost is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose {
    /// A process.
    Process(u32),
    /// A thread of this process.
    Thread(i32),
}

/// Begins a stretch.
pub(crate) struct Meter {
    began: Instant,
    whose: Option<Whose>,
    server: Option<Cpu>,
    own: Option<Cpu>,
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) server: Option<Cpu>,
    pub(crate) memory: Option<Memory>,
    own: Option<Cpu>,
}

impl Meter {
    /// From now on.
    pub(crate) fn start(pid: Option<u32>) -> Self {
        Self::start_for(pid.map(Whose::Process))
    }

    /// From now on, of whatever it is.
    pub(crate) fn start_for(whose: Option<Whose>) -> Self {
        Self { began: Instant::now(), whose, server: whose.and_then(cpu_of), own: Cpu::of_this_thread() }
    }

    /// Until now.
    pub(crate) fn stop(&self) -> Cost {
        let since = |now: Option<Cpu>, before: Option<Cpu>| Some(now?.since(before?));
        Cost {
            seconds: self.began.elapsed().as_secs_f64(),
            server: since(self.whose.and_then(cpu_of), self.server),
            memory: match self.whose {
                Some(Whose::Process(pid)) => Memory::of(pid),
                _ => None,
            },
            own: since(Cpu::of_this_thread(), self.own),
        }
    }
}

fn cpu_of(whose: Whose) -> Option<Cpu> {
    match whose {
        Whose::Process(pid) => Cpu::of(pid),
        Whose::Thread(tid) => Cpu::of_thread(tid),
    }
}

impl Cost {
    /// The server's processor time a frame and an act, and the load's own, in the units of the tables.
    #[expect(clippy::cast_precision_loss, reason = "counts of a run")]
    pub(crate) fn figures(&self, outcome: &mut Outcome, frames: u64, acts: u64, act: &str) {
        let each = |seconds: f64, count: u64| (count > 0).then(|| seconds * 1e6 / count as f64);
        if let Some(cpu) = self.server {
            let (total, user) = (cpu.total().as_secs_f64(), cpu.user.as_secs_f64());
            outcome.figure("server_cores", "server: cores kept busy", total / self.seconds, Unit::Cores);
            let (frame, of_which) = (each(total, frames), each(user, frames));
            outcome.figure_of("cpu_us_per_frame", "server: CPU a delivered frame", frame, Unit::Micros);
            outcome.figure_of("user_us_per_frame", "  of which user space", of_which, Unit::Micros);
            let label = format!("server: CPU a {act}");
            outcome.figure_of("cpu_us_per_act", &label, each(total, acts), Unit::Micros);
        }
        if let Some(memory) = self.memory {
            let mebibytes = |kibibytes: u64| kibibytes as f64 / 1024.0;
            outcome.figure("server_pss_mib", "server: memory (PSS)", mebibytes(memory.pss), Unit::Mebibytes);
        }
        if let Some(own) = self.own {
            let busy = own.total().as_secs_f64() / self.seconds;
            let user = each(own.user.as_secs_f64(), frames);
            outcome.figure_of(
                "load_user_us_per_frame",
                "load: user space a received frame",
                user,
                Unit::Micros,
            );
            outcome.figure("load_cores", "load: cores kept busy", busy, Unit::Cores);
            if busy > 0.9 {
                outcome
                    .remarks
                    .push("the load itself was at its limit: the server may do more than this".into());
            }
        }
    }
}
