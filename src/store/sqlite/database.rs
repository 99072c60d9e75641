//! The connection that writes, as group commit drives it: opens a transaction, commits it, cleans up after a failure.

use std::cell::RefCell;

use rusqlite::Connection;

use super::checkpoints::Checkpoints;
use super::open::{self, SqliteOptions};
use super::open_files::OpenFiles;
use super::tx::Tx;
use super::untold_likes::Untold;
use crate::domain::{Error, Event};
use crate::store::group_commit::{Database, Fault, Outcome};

/// See the module.
pub(super) struct Sqlite {
    /// None after a failure that could not be rolled back: the next batch opens another.
    connection: Option<Connection>,
    options: SqliteOptions,
    files: OpenFiles,
    checkpoints: Checkpoints,
    untold: RefCell<Untold>,
}

impl Sqlite {
    pub(super) fn new(
        connection: Connection,
        options: SqliteOptions,
        files: OpenFiles,
        checkpoints: Checkpoints,
    ) -> Self {
        Self { connection: Some(connection), options, files, checkpoints, untold: RefCell::default() }
    }

    fn connection(&mut self) -> Outcome<&Connection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open::writer_connection(&self.options).map_err(|error| {
                tracing::error!(%error, "the database could not be opened again");
                Fault::Refused(Error::Storage)
            })?,
        };
        Ok(self.connection.insert(connection))
    }
}

impl Database for Sqlite {
    type Tx<'a> = Tx<'a>;

    fn commit(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Outcome<()>) -> Outcome<Vec<Event>> {
        // Looked at before each commit: what is acknowledged must be found by the next start.
        if let Some(lost) = self.files.lost() {
            tracing::error!(lost, "nothing can be saved");
            return Err(Error::Storage.into());
        }
        self.connection()?;
        let Some(connection) = &self.connection else { return Err(Error::Storage.into()) };
        run(connection, "BEGIN IMMEDIATE")?;
        self.untold.borrow_mut().begin(connection)?;
        let mut tx = Tx::new(connection, &self.untold, &self.options.online);
        work(&mut tx)?;
        let events = tx.into_events();
        connection.prepare_cached("COMMIT")?.execute([]).map_err(commit_fault)?;
        Ok(events)
    }

    fn after_batch(&mut self) {
        if let Some(connection) = &self.connection {
            self.checkpoints.if_due(connection);
        }
    }

    fn undo(&mut self) {
        self.untold.borrow_mut().forget();
        if let Some(connection) = &self.connection {
            // Some errors (a full disk, a failed read) make SQLite roll back by itself.
            let clean = connection.is_autocommit() || run(connection, "ROLLBACK").is_ok();
            if !clean || !connection.is_autocommit() {
                self.connection = None;
            }
        }
    }

    fn close(self) {
        self.checkpoints.close(self.connection.as_ref());
    }
}

/// An input or output error of the COMMIT itself: the log may hold all of the transaction, so that a crash before the
/// next one would bring it back.
fn commit_fault(error: rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::SystemIoFailure) => Fault::UnknownOutcome(error.into()),
        _ => error.into(),
    }
}

fn run(connection: &Connection, sql: &str) -> Outcome<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};

    use rusqlite::ffi;
    use tempfile::TempDir;
    use tokio::sync::oneshot;

    use super::super::{SqliteStore, likes};
    use super::*;
    use crate::domain::{PostId, Result, Timestamp, UserId};
    use crate::store::group_commit::GroupCommit;
    use crate::store::{
        Batch, ConnectionRef, Likes as _, Maintenance as _, Posts as _, SetLike, Sink, Waiter,
    };

    /// Wakes who waits; panics when a connection waits too.
    struct Nervous;

    impl Sink for Nervous {
        fn settle(&mut self, batch: Batch) {
            assert!(batch.connections.is_empty(), "a sink that is not well");
            batch.requests.into_iter().for_each(|wake| wake());
        }
    }

    fn store() -> (TempDir, SqliteOptions, Arc<SqliteStore>) {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", Timestamp(1));
        let store = SqliteStore::open(&options, Box::new(Nervous)).unwrap();
        (folder, options, store)
    }

    /// One that has given up its connection.
    fn unopened(options: &SqliteOptions) -> Sqlite {
        let files = OpenFiles::of(&options.path).unwrap();
        Sqlite {
            connection: None,
            options: options.clone(),
            files,
            checkpoints: Checkpoints::new(&options.path),
            untold: RefCell::default(),
        }
    }

    fn like() -> SetLike {
        SetLike { post: PostId(1), user: UserId(1), on: true, at: Timestamp(2) }
    }

    #[tokio::test]
    async fn an_intention_that_panics_fails_its_batch_and_the_writer_lives_on() {
        let (_folder, _, store) = store();
        let panicked: Result<()> = store
            .write(|tx| {
                likes::set(tx, &like())?;
                panic!("a planted mistake")
            })
            .await;
        assert_eq!(panicked, Err(Error::Storage));
        let liked = store.write(|tx| likes::set(tx, &like())).await.unwrap();
        assert!(liked.changed, "what came before the panic was undone");
    }

    #[tokio::test]
    async fn a_sink_that_panics_ends_the_writer_and_that_is_told() {
        let (_folder, _, store) = store();
        let to = ConnectionRef { connection: 1, reference: 1 };
        store.set_like(like(), Waiter::Connection(to)).unwrap();
        store.failed().await;
        let (reply, _answer) = oneshot::channel();
        assert_eq!(store.set_like(like(), Waiter::Request(reply)), Err(Error::Overloaded));
        assert_eq!(store.find_counts(&[PostId(1)]).await.unwrap()[0].unwrap().likes, 1);
        store.close().await;
    }

    #[tokio::test]
    async fn a_store_that_is_closed_has_not_failed() {
        let (_folder, _, store) = store();
        store.close().await;
        tokio::select! {
            biased;
            () = store.failed() => panic!("it was only closed"),
            () = tokio::task::yield_now() => {}
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_given_up_is_opened_again() {
        let (_folder, options, store) = store();
        store.close().await;
        let mut database = unopened(&options);
        database.options.path = options.path.join("nowhere");
        let outcome = |database: &mut Sqlite| database.commit(|tx| likes::set(tx, &like()).map(drop));
        assert!(matches!(outcome(&mut database), Err(Fault::Refused(Error::Storage))));
        database.undo();
        database.options = options;
        assert_eq!(outcome(&mut database).unwrap().len(), 1);
        database.close();
    }

    /// A database whose COMMIT is done and fails to say so.
    struct Doubtful(Sqlite);

    impl Database for Doubtful {
        type Tx<'a> = Tx<'a>;

        fn commit(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Outcome<()>) -> Outcome<Vec<Event>> {
            self.0.commit(work)?;
            Err(Fault::UnknownOutcome("a planted mistake".into()))
        }

        fn undo(&mut self) {
            self.0.undo();
        }

        fn after_batch(&mut self) {
            self.0.after_batch();
        }

        fn close(self) {
            self.0.close();
        }
    }

    #[tokio::test]
    async fn where_the_outcome_is_not_known_the_answer_says_so() {
        let (_folder, options, store) = store();
        let database = Doubtful(unopened(&options));
        let doubtful = GroupCommit::start(database, Box::new(Nervous), 10, 10).unwrap();
        let answer = doubtful.queue().write(|tx| likes::set(tx, &like())).await;
        assert_eq!(answer, Err(Error::UnknownOutcome));
        let liked = store.write(|tx| likes::set(tx, &like())).await.unwrap();
        assert!(!liked.changed, "it had been done");
    }

    /// A database and a sink that write down when they are called.
    struct Logged(Sqlite, Sender<&'static str>);

    impl Database for Logged {
        type Tx<'a> = Tx<'a>;

        fn commit(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Outcome<()>) -> Outcome<Vec<Event>> {
            let _ = self.1.send("commit");
            self.0.commit(work)
        }

        fn undo(&mut self) {
            self.0.undo();
        }

        fn after_batch(&mut self) {
            let _ = self.1.send("after the batch");
        }

        fn close(self) {
            self.0.close();
        }
    }

    struct LoggedSink(Sender<&'static str>);

    impl Sink for LoggedSink {
        fn settle(&mut self, batch: Batch) {
            let _ = self.0.send("answers");
            batch.requests.into_iter().for_each(|wake| wake());
        }
    }

    #[tokio::test]
    async fn answers_leave_before_what_takes_long() {
        let (_folder, options, _store) = store();
        let (log, calls) = channel();
        let database = Logged(unopened(&options), log.clone());
        let logged = GroupCommit::start(database, Box::new(LoggedSink(log)), 10, 10).unwrap();
        logged.queue().write(|tx| likes::set(tx, &like())).await.unwrap();
        logged.close().await;
        assert_eq!(calls.try_iter().collect::<Vec<_>>(), ["commit", "answers", "after the batch"]);
    }

    #[test]
    fn a_commit_whose_fsync_failed_may_have_been_done() {
        let failed = |code| commit_fault(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert_eq!(failed(ffi::SQLITE_IOERR_FSYNC).into_error(), Error::UnknownOutcome);
        assert_eq!(failed(ffi::SQLITE_FULL).into_error(), Error::Storage);
        assert_eq!(failed(ffi::SQLITE_CONSTRAINT_FOREIGNKEY).into_error(), Error::Storage);
    }
}
