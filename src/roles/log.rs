//! The log: standard error, written by a thread of its own. `roles` starts it.
//!
//! A line may be lost. Whoever logs never waits and never fails, whatever standard error is: a full disk, a closed
//! pipe, a pipe that nobody reads. Lines for which there is no room, or which cannot be written, are dropped and
//! counted, and the count is written as soon as something can be written again.

use std::io::{self, IsTerminal as _, Write};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

/// So many lines may wait, some 200 bytes each: a slow terminal catches up, and memory stays below a MiB.
const LINES: usize = 4096;
/// Of a line this much is written, in bytes.
const LINE_LIMIT: usize = 8 * 1024;
/// What could not be written is tried again this often.
const AGAIN: Duration = Duration::from_secs(1);
/// What still waits at the end may take this long.
const LAST_WORDS: Duration = Duration::from_millis(500);

enum Entry {
    Line(Vec<u8>),
    /// Answered once all before it is written or dropped.
    Flush(SyncSender<()>),
}

/// The way into the log.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

/// Held by a role: when it is dropped, what waits is written, if it can be.
pub(super) struct Log(SyncSender<Entry>);

/// Starts to log what `filter` lets through, panics too.
pub(super) fn start(filter: EnvFilter) -> io::Result<Log> {
    let (queue, entries) = sync_channel(LINES);
    let dropped = Arc::new(AtomicU64::new(0));
    let lines = Lines { queue: queue.clone(), dropped: dropped.clone() };
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_all(&entries, &dropped, io::stderr()))?;
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(move || lines.clone())
        .init();
    // The usual hook writes to standard error on the thread that panics, and waits for it.
    std::panic::set_hook(Box::new(log_panic));
    Ok(Log(queue))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or_default();
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = panic.payload_as_str().unwrap_or_default();
    tracing::error!(thread, place, words, "a mistake of ours: a thread panicked");
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut kept = line[..line.len().min(LINE_LIMIT)].to_vec();
        if kept.last() != Some(&b'\n') {
            kept.push(b'\n');
        }
        if self.queue.try_send(Entry::Line(kept)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes until nobody can log any more.
fn write_all(entries: &Receiver<Entry>, dropped: &AtomicU64, mut out: impl Write) {
    loop {
        let entry = match entries.recv_timeout(AGAIN) {
            Ok(entry) => Some(entry),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let lost = dropped.swap(0, Ordering::Relaxed);
        let said = lost == 0 || {
            let said = writeln!(out, " WARN {lost} lines of this log could not be written and are lost");
            said.is_ok()
        };
        let written = match entry {
            Some(Entry::Line(line)) => u64::from(!said || out.write_all(&line).is_err()),
            Some(Entry::Flush(done)) => {
                let _ = done.try_send(());
                0
            }
            None => 0,
        };
        dropped.fetch_add(written + if said { 0 } else { lost }, Ordering::Relaxed);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let end = Instant::now() + LAST_WORDS;
        let (done, heard) = sync_channel(1);
        let mut flush = Entry::Flush(done);
        while let Err(TrySendError::Full(back)) = self.0.try_send(flush) {
            if Instant::now() >= end {
                return;
            }
            flush = back;
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = heard.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

/// What `PLAUDIT_LOG` asks for: levels (`info`), or levels of parts (`plaudit=debug`), separated by commas.
pub(super) fn filter(wanted: Option<&str>) -> Result<EnvFilter, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    // What refinery says of each migration is of no use to an operator.
    let Some(wanted) = wanted else { return Ok(EnvFilter::new("info,refinery_core=warn")) };
    for part in wanted.split(',').map(str::trim) {
        // A bare word that is no level would be taken for the name of a part, and everything else be silent.
        let is_level = LEVELS.iter().any(|level| level.eq_ignore_ascii_case(part));
        if !is_level && !part.contains('=') {
            return Err(format!(
                "PLAUDIT_LOG: \"{part}\" is no level: write error, warn, info, debug or trace, or plaudit=debug"
            ));
        }
    }
    EnvFilter::try_new(wanted).map_err(|error| {
        format!("PLAUDIT_LOG: \"{wanted}\" can't be read ({error}): write for example info or plaudit=debug")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes no lines until it is told to.
    struct Full {
        until: usize,
        asked: usize,
        text: Arc<std::sync::Mutex<String>>,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.asked += 1;
            if self.asked <= self.until {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.text.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_the_count_is_said_when_there_is_space_again() {
        let (queue, entries) = sync_channel(8);
        let dropped = Arc::new(AtomicU64::new(2));
        let mut lines = Lines { queue: queue.clone(), dropped: dropped.clone() };
        for line in ["one\n", "two\n", "three\n"] {
            lines.write_all(line.as_bytes()).unwrap();
        }
        drop((lines, queue));
        let text = Arc::<std::sync::Mutex<String>>::default();
        write_all(&entries, &dropped, Full { until: 2, asked: 0, text: text.clone() });
        let text = text.lock().unwrap().clone();
        assert!(text.contains("4 lines of this log could not be written"), "{text}");
        assert!(text.ends_with("three\n") && !text.contains("one") && !text.contains("two"), "{text}");
    }

    #[test]
    fn whoever_logs_into_a_full_queue_goes_on() {
        let (queue, entries) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let mut lines = Lines { queue, dropped: dropped.clone() };
        for _ in 0..10 {
            lines.write_all(&vec![b'x'; 3 * LINE_LIMIT]).unwrap();
        }
        let Ok(Entry::Line(line)) = entries.recv() else { panic!("a line") };
        assert_eq!(line.len(), LINE_LIMIT + 1);
        // `write_all` came back with each line once: what is over the limit is cut off.
        assert_eq!(dropped.load(Ordering::Relaxed), 9);
    }

    #[test]
    fn a_filter_that_silences_by_mistake_is_refused() {
        for good in
            [None, Some("info"), Some("DEBUG"), Some("warn,plaudit=debug"), Some("plaudit::web=trace, info")]
        {
            assert!(filter(good).is_ok(), "{good:?}");
        }
        for bad in ["debgu", "info,debgu", "plaudit=loud", "plaudit", ",", "info,"] {
            assert!(filter(Some(bad)).is_err_and(|error| error.contains("PLAUDIT_LOG")), "{bad}");
        }
    }
}
