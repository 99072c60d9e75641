//! Reads what strace saw: whether each answer left after the fsync of what it promises.

use std::collections::HashMap;

/// What was looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Answers over a socket.
    pub by_socket: usize,
    /// Answers over HTTP.
    pub by_http: usize,
    /// Syncs of the log.
    pub syncs: usize,
}

/// Wants before each answer that promises something: a write to the log since the last such answer, and, begun after
/// the last write's end and returned before the answer's send began, a sync of the log. The acts must have been asked
/// for one by one. Lines are in the order in which things happened; a call that another thread's came between is cut
/// in two, `<unfinished ...>` and `resumed`.
pub fn check(trace: &str) -> Result<Checked, String> {
    let mut checked = Checked::default();
    // By thread: the call that it is in, with the number of the line where it began.
    let mut running: HashMap<&str, (usize, &str)> = HashMap::new();
    let (mut written, mut synced, mut answered) = (None, None, None);
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let resumed = call.starts_with("<... ");
        let (began, what) = if resumed {
            let Some(begun) = running.remove(thread) else { continue };
            begun
        } else {
            (number, call)
        };
        if !resumed && is_promise(what) {
            let why = match (written, synced) {
                (Some(write), Some(sync)) if write > answered.unwrap_or(0) || answered.is_none() => {
                    (sync < write).then_some("the log was not synced after its last write")
                }
                (Some(_), None) => Some("the log was never synced"),
                _ => Some("nothing was written to the log for it"),
            };
            if let Some(why) = why {
                return Err(format!("line {}: an answer left, but {why}:\n{line}", number + 1));
            }
            answered = Some(number);
            if what.contains("HTTP/1.1") { checked.by_http += 1 } else { checked.by_socket += 1 }
        }
        if call.ends_with("<unfinished ...>") {
            running.insert(thread, (began, what));
            continue;
        }
        if is_log(what) && is_write(what) {
            // Its end counts: a sync that began before may not hold it.
            written = Some(number);
        }
        if is_log(what) && is_sync(what) && call.ends_with("= 0") {
            checked.syncs += 1;
            // Its begin counts.
            synced = Some(began);
        }
    }
    Ok(checked)
}

fn is_log(call: &str) -> bool {
    let descriptor = call.split([',', ')']).next().unwrap_or_default();
    descriptor.trim_end_matches(" <unfinished ...>").ends_with("plaudit.db-wal>")
}

fn is_write(call: &str) -> bool {
    ["pwrite64(", "pwritev(", "pwritev2(", "write(", "writev("].iter().any(|name| call.starts_with(name))
}

fn is_sync(call: &str) -> bool {
    call.starts_with("fsync(") || call.starts_with("fdatasync(")
}

/// An answer that says something was done.
fn is_promise(call: &str) -> bool {
    let sends =
        ["sendto(", "sendmsg(", "sendmmsg(", "write(", "writev("].iter().any(|name| call.starts_with(name));
    let says = |words: &str| call.contains(words);
    let by_http = says("HTTP/1.1 201 ") || (says("HTTP/1.1 200 ") && says(r#"\"changed\":true"#));
    sends && says("<socket:") | says("<TCP:") && (by_http || says(r#"\"type\":\"ok\""#))
}
