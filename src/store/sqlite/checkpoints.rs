//! Checkpoints: when the write-ahead log goes into the database file, and on which thread. The writer drives them.
//!
//! A checkpoint writes up to 16 MiB to pages all over the file and waits until the disk has them: often some hundred
//! milliseconds. So a thread of its own makes it, while the writer goes on. What the writer commits meanwhile stays in
//! the log. That rest the writer puts in itself, because a log begins anew only when all of it is in the database.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::wal::Note;

/// Pages that the log may have before a checkpoint begins: four times `SQLite`'s default, 16 MiB. The rows of a busy post
/// are written to the file once for each time, however often they changed.
const PAGES: i32 = 4000;
/// A rest of so many pages, 1 MiB, the writer puts in itself; of more the thread takes another turn.
const REST: i32 = 250;
/// From so many pages on, 64 MiB, the writer waits for the checkpoint: the log must not grow without end.
const MOST: i32 = 4 * PAGES;

thread_local! {
    /// How many pages the log had after the last commit of this thread.
    static LENGTH: Cell<i32> = const { Cell::new(0) };
}

/// See the module.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Who makes a checkpoint holds it.
    note: Arc<Mutex<Note>>,
    /// The next one begins when the log has so many pages.
    due: i32,
    aside: Option<Aside>,
}

/// The thread that makes checkpoints.
#[derive(Debug)]
struct Aside {
    /// Asks for one.
    ask: Sender<()>,
    /// What came of it.
    done: Receiver<Moved>,
    runs: bool,
    thread: JoinHandle<()>,
}

/// How many pages of the log are in the database now, if that is all it had. None where a reader holds a part back.
type Moved = Option<i32>;

impl Checkpoints {
    /// All on the caller's thread.
    pub(super) fn new(database: &Path) -> Self {
        Self { note: Arc::new(Mutex::new(Note::new(database))), due: PAGES, aside: None }
    }

    /// From now on a thread makes those that become due, on this connection, which is used for nothing else.
    pub(super) fn start_thread(&mut self, db: Connection) -> io::Result<()> {
        let (ask, asked) = channel();
        let (tell, done) = channel();
        let note = Arc::clone(&self.note);
        let work = move || {
            for () in asked {
                if tell.send(run(&note, &db, PASSIVE)).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("checkpoints".to_owned()).spawn(work)?;
        self.aside = Some(Aside { ask, done, runs: false, thread });
        Ok(())
    }

    /// From now on this connection's log grows until a checkpoint.
    pub(super) fn take_over(db: &mut Connection) -> rusqlite::Result<()> {
        db.wal_hook(Some(|_: &mut Wal, pages| {
            LENGTH.set(pages);
            Ok(())
        }))
    }

    /// The database is about to be opened, which may write into it. Until the next checkpoint.
    pub(super) fn begin(&self) {
        self.note.lock().begin();
    }

    /// After a commit of this connection on this thread: makes the checkpoint that is due, or has it made.
    pub(super) fn if_due(&mut self, db: &Connection) {
        let length = LENGTH.get();
        if length < self.due.min(PAGES) {
            // The log has begun anew.
            self.due = PAGES;
        }
        let runs = self.aside.as_ref().is_some_and(|aside| aside.runs);
        if !runs && length < self.due {
            return;
        }
        let moved = match self.aside.as_mut().map_or(Turn::Writer, |aside| aside.turn(length)) {
            Turn::Thread => return,
            Turn::Writer => self.now(db),
            Turn::Nobody => None,
        };
        // There is no use in trying again at once.
        self.due = if moved.is_none() { length + PAGES / 4 } else { PAGES };
    }

    /// Puts into the database what is in the log.
    pub(super) fn now(&self, db: &Connection) -> Moved {
        run(&self.note, db, PASSIVE)
    }

    /// The last one: the log is empty afterwards. Waits for the thread.
    pub(super) fn close(mut self, db: Option<&Connection>) {
        if let Some(Aside { ask, thread, .. }) = self.aside.take() {
            drop(ask);
            // If it panicked, the panic hook has said so.
            let _ = thread.join();
        }
        if let Some(db) = db {
            run(&self.note, db, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }
}

/// Who makes a checkpoint that is due.
enum Turn {
    /// The thread is at work.
    Thread,
    /// What is left is the writer's.
    Writer,
    /// A reader holds a part of the log back.
    Nobody,
}

impl Aside {
    fn turn(&mut self, length: i32) -> Turn {
        if self.runs {
            match self.done.try_recv() {
                Err(TryRecvError::Empty) if length < MOST => return Turn::Thread,
                Err(TryRecvError::Empty) => return Turn::Writer,
                // It has panicked. From now on the writer makes all.
                Err(TryRecvError::Disconnected) => {
                    self.runs = false;
                    return Turn::Writer;
                }
                Ok(moved) => {
                    self.runs = false;
                    match moved {
                        None => return Turn::Nobody,
                        Some(moved) if length - moved <= REST => return Turn::Writer,
                        Some(_) => {}
                    }
                }
            }
        }
        self.runs = length < MOST && self.ask.send(()).is_ok();
        if self.runs { Turn::Thread } else { Turn::Writer }
    }
}

const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Makes a checkpoint and notes how the database looks then.
fn run(note: &Mutex<Note>, db: &Connection, how: &str) -> Moved {
    let mut note = note.lock();
    note.begin();
    let done = db.query_row(how, [], |row| Ok((row.get::<_, i32>(1)?, row.get(2)?)));
    note.end();
    match done {
        Ok((log, moved)) => (0 <= log && log <= moved).then_some(moved),
        Err(error) => {
            tracing::warn!(%error, "the log stays beside the database: a later commit or the next start takes it in");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::open::{self, SqliteOptions};
    use super::super::wal;
    use super::*;
    use crate::domain::Timestamp;

    struct Site {
        writer: Connection,
        checkpoints: Checkpoints,
        options: SqliteOptions,
        _folder: TempDir,
    }

    impl Site {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", Timestamp(1));
            open::create_file(&options.path).unwrap();
            let writer = open::writer_connection(&options).unwrap();
            writer.execute_batch("CREATE TABLE pages (id INTEGER PRIMARY KEY, page BLOB)").unwrap();
            let mut checkpoints = Checkpoints::new(&options.path);
            checkpoints.start_thread(open::checkpoint_connection(&options).unwrap()).unwrap();
            checkpoints.now(&writer);
            Self { writer, checkpoints, options, _folder: folder }
        }

        /// Commits about so many pages, as one transaction.
        fn commit(&mut self, pages: i32) {
            let write = "INSERT INTO pages (page) VALUES (zeroblob(?1))";
            self.writer.execute(write, [pages * 4096 - 100]).unwrap();
            self.checkpoints.if_due(&self.writer);
        }

        fn runs(&self) -> bool {
            self.checkpoints.aside.as_ref().unwrap().runs
        }
    }

    #[test]
    fn the_thread_makes_the_checkpoint_and_the_writer_puts_in_the_rest_so_that_the_log_begins_anew() {
        let mut site = Site::new();
        site.commit(PAGES - 50);
        assert!(!site.runs(), "it is not due");
        site.commit(100);
        assert!(site.runs());
        let mut commits = 0;
        while LENGTH.get() > 50 {
            site.commit(1);
            commits += 1;
            assert!(commits < MOST, "the log only grows");
        }
        assert_eq!(site.checkpoints.due, PAGES);
        assert!(wal::check(&site.options.path).is_ok(), "the note is true");
        let Site { writer, checkpoints, options, .. } = site;
        checkpoints.close(Some(&writer));
        assert_eq!(std::fs::metadata(wal::path(&options.path)).unwrap().len(), 0);
    }

    #[test]
    fn the_writer_does_not_wait_for_a_checkpoint_that_takes_long() {
        let mut site = Site::new();
        let note = Arc::clone(&site.checkpoints.note);
        let slow = note.lock();
        site.commit(PAGES + 50);
        for _ in 0..20 {
            site.commit(10);
            assert!(site.runs());
        }
        drop(slow);
        site.checkpoints.close(Some(&site.writer));
    }

    #[test]
    fn what_a_reader_holds_back_is_not_tried_again_at_each_commit() {
        let mut site = Site::new();
        let mut reader = open::reader_connection(&site.options).unwrap();
        let reading = reader.transaction().unwrap();
        reading.query_row("SELECT count(*) FROM pages", [], |_| Ok(())).unwrap();
        site.commit(PAGES + 50);
        while site.runs() {
            site.commit(1);
        }
        let due = site.checkpoints.due;
        assert!(due > PAGES, "{due}");
        site.commit(1);
        assert!(!site.runs());
        drop(reading);
        while LENGTH.get() > 50 {
            site.commit(20);
        }
        assert_eq!(site.checkpoints.due, PAGES);
    }
}
