//! The writer: one thread, one connection, all writes. It is driven by the queue and drives the sink.
//!
//! Natural group commit: while one COMMIT waits for the disk the next batch gathers, so the busier the site the larger
//! the batches, and no timer is needed. Surprising: the next batch starts only after the sink has taken the last one,
//! because a reply and an event that overtake each other are what the rest of the house is built to rule out.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use rusqlite::Connection;

use super::open::{self, SqliteOptions};
use super::queue::Job;
use super::tally;
use super::tx::{Fault, Outcome, Tx};
use crate::domain::{Error, Event, FeedChange};
use crate::store::{Batch, Sink};

/// What the writer's thread owns.
pub(super) struct Writer {
    /// None after a failure that could not be rolled back: the next batch opens another.
    connection: Option<Connection>,
    options: SqliteOptions,
    sink: Box<dyn Sink>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        options: SqliteOptions,
        sink: Box<dyn Sink>,
        commits: Arc<AtomicU64>,
    ) -> Self {
        Self { connection: Some(connection), options, sink, commits }
    }

    /// Works until the queue is closed and empty, then puts the log into the database file.
    pub(super) fn run(mut self, queue: &Receiver<Job>) {
        let batch_max = self.options.batch_max.max(1);
        while let Ok(first) = queue.recv() {
            let mut jobs = vec![first];
            jobs.extend(queue.try_iter().take(batch_max - 1));
            let batch = self.process(jobs);
            // A sink that panics has lost this batch's answers (their futures hear `storage`); the next must not
            // be lost with it.
            if catch_unwind(AssertUnwindSafe(|| self.sink.settle(batch))).is_err() {
                tracing::error!("the sink panicked: a committed batch was not settled");
            }
        }
        if let Some(connection) = self.connection
            && let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        {
            tracing::warn!(%error, "the log stays beside the database: the next start takes it in");
        }
    }

    /// Does and commits one batch. If that fails none of it stays, and all of it is answered with `storage`.
    fn process(&mut self, mut jobs: Vec<Job>) -> Batch {
        let events = match catch_unwind(AssertUnwindSafe(|| self.commit(&mut jobs))) {
            Ok(Ok(events)) => events,
            Ok(Err(fault)) => {
                self.undo(&mut jobs, &format!("{fault:?}"));
                Vec::new()
            }
            Err(_) => {
                self.undo(&mut jobs, "an intention panicked");
                Vec::new()
            }
        };
        let mut batch = Batch { connections: Vec::new(), requests: Vec::new(), events: merge(events) };
        for job in jobs {
            job.settle(&mut batch);
        }
        batch
    }

    fn commit(&mut self, jobs: &mut [Job]) -> Outcome<Vec<Event>> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open::writer_connection(&self.options).map_err(|error| {
                tracing::error!(%error, "the database could not be opened again");
                Fault::Refused(Error::Storage)
            })?,
        };
        let connection = self.connection.insert(connection);
        let connection = &*connection;
        run(connection, "BEGIN IMMEDIATE")?;
        let mut tx = Tx::new(connection);
        for job in jobs {
            if job.is_one_statement() {
                // What fails of it, SQLite has undone.
                if let Err(fault) = job.apply(&mut tx) {
                    refuse(job, fault)?;
                }
                continue;
            }
            tally::write(&mut tx)?;
            tx.execute("SAVEPOINT intention", [])?;
            let noted = tx.noted();
            if let Err(fault) = job.apply(&mut tx).and_then(|()| tally::write(&mut tx)) {
                refuse(job, fault)?;
                tx.execute("ROLLBACK TO intention", [])?;
                tx.go_back(noted);
            }
            tx.execute("RELEASE intention", [])?;
        }
        tally::write(&mut tx)?;
        let events = tx.into_events();
        run(connection, "COMMIT")?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(events)
    }

    /// Leaves the connection outside any transaction, or drops it, and answers everyone alike.
    fn undo(&mut self, jobs: &mut [Job], why: &str) {
        tracing::error!(why, intentions = jobs.len(), "a batch failed and was undone");
        for job in jobs {
            job.answer(Error::Storage);
        }
        if let Some(connection) = &self.connection {
            // Some errors (a full disk, a failed read) make SQLite roll back by itself.
            let clean = connection.is_autocommit() || run(connection, "ROLLBACK").is_ok();
            if !clean || !connection.is_autocommit() {
                self.connection = None;
            }
        }
    }
}

/// Answers an intention that came to nothing, unless the whole batch does.
fn refuse(job: &mut Job, fault: Fault) -> Outcome<()> {
    if fault.spoils_batch() {
        return Err(fault);
    }
    job.answer(fault.into_error());
    Ok(())
}

fn run(connection: &Connection, sql: &str) -> Outcome<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Leaves one `CountsChanged` per post, the last, behind all other events in the order of their last changes.
/// Of a removed post neither counts nor comments are left to be told: its streams end with the removal.
fn merge(events: Vec<Event>) -> Vec<Event> {
    let (mut removed, mut counted) = (HashSet::new(), HashSet::new());
    let (mut acts, mut counts) = (Vec::new(), Vec::new());
    for event in events.into_iter().rev() {
        match &event {
            Event::CountsChanged { post, .. } => {
                if !removed.contains(post) && counted.insert(*post) {
                    counts.push(event);
                }
            }
            Event::CommentsChanged { post, .. } => {
                if !removed.contains(post) {
                    acts.push(event);
                }
            }
            Event::FeedChanged(FeedChange::Removed { id, .. }) => {
                removed.insert(*id);
                acts.push(event);
            }
            Event::FeedChanged(FeedChange::Added { .. })
            | Event::LikeSet { .. }
            | Event::UserChanged { .. }
            | Event::SessionsEnded { .. } => {
                acts.push(event);
            }
        }
    }
    acts.reverse();
    acts.extend(counts.into_iter().rev());
    acts
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tempfile::TempDir;
    use tokio::sync::oneshot;

    use super::super::{SqliteStore, likes};
    use super::*;
    use crate::domain::{PostId, Result, Timestamp, UserId};
    use crate::store::{SetLike, Store, Waiter};

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
    async fn a_sink_that_panics_does_not_take_the_writer_with_it() {
        let (_folder, _, store) = store();
        let to = crate::store::ConnectionRef { connection: 1, reference: 1 };
        store.set_like(like(), Waiter::Connection(to)).unwrap();
        // A check that falls into the same batch is lost with it; a later one is answered by a writer that lives.
        while store.check().await.is_err() {}
        assert_eq!(store.find_counts(&[PostId(1)]).await.unwrap()[0].unwrap().likes, 1);
    }

    #[tokio::test]
    async fn a_connection_that_was_given_up_is_opened_again() {
        let (_folder, options, store) = store();
        store.close().await;
        let mut writer = Writer {
            connection: None,
            options: SqliteOptions { path: options.path.join("nowhere"), ..options.clone() },
            sink: Box::new(Nervous),
            commits: Arc::default(),
        };
        let outcome = |writer: &mut Writer| {
            let (reply, mut answer) = oneshot::channel();
            let batch = writer.process(vec![Job::like(like(), Waiter::Request(reply))]);
            batch.requests.into_iter().for_each(|wake| wake());
            (answer.try_recv().unwrap().map(|liked| liked.likes), batch.events.len())
        };
        assert_eq!(outcome(&mut writer), (Err(Error::Storage), 0));
        writer.options = options;
        assert_eq!(outcome(&mut writer), (Ok(1), 2));
        let (sender, queue) = mpsc::sync_channel(1);
        drop(sender);
        writer.run(&queue);
    }
}
