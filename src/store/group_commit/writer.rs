//! The writer: one thread that owns the connection which writes. The queue drives it, and it drives the sink.
//!
//! Natural group commit: while one COMMIT waits for the disk the next batch gathers, so the busier the site the larger
//! the batches, and no timer is needed. The next batch starts only after the sink has taken the last one, because a
//! reply and an event that overtake each other are what the rest of the house is built to rule out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use super::merge::merge;
use super::queue::Job;
use super::tally;
use super::transaction::{Database, Fault, Outcome, Transaction};
use crate::domain::{Error, Event};
use crate::store::{Batch, Sink};

/// What the writer's thread owns.
pub(super) struct Writer<D: Database> {
    pub(super) queue: Receiver<Job<D>>,
    pub(super) database: D,
    pub(super) sink: Box<dyn Sink>,
    /// How many writes one commit takes.
    pub(super) batch_max: usize,
    /// How many batches were committed.
    pub(super) commits: Arc<AtomicU64>,
}

impl<D: Database> Writer<D> {
    /// Works until the queue is closed and empty. A sink that panics ends the thread: what the batch has to tell (that
    /// sessions have ended, for one) would be lost without a word, so the process must not go on.
    pub(super) fn run(mut self) {
        let batch_max = self.batch_max.max(1);
        while let Ok(first) = self.queue.recv() {
            let mut jobs = vec![first];
            jobs.extend(self.queue.try_iter().take(batch_max - 1));
            let batch = self.process(jobs);
            self.sink.settle(batch);
            self.database.after_batch();
        }
        self.database.close();
    }

    /// Does and commits one batch. If that fails none of it stays, and all of it is answered with the same error.
    fn process(&mut self, mut jobs: Vec<Job<D>>) -> Batch {
        let events = match catch_unwind(AssertUnwindSafe(|| self.commit(&mut jobs))) {
            Ok(Ok(events)) => events,
            Ok(Err(fault)) => {
                self.undo(&mut jobs, &fault.into_error());
                Vec::new()
            }
            Err(_) => {
                tracing::error!("an intention panicked");
                self.undo(&mut jobs, &Error::Storage);
                Vec::new()
            }
        };
        let mut batch = Batch { connections: Vec::new(), requests: Vec::new(), events: merge(events) };
        for job in jobs {
            job.settle(&mut batch);
        }
        batch
    }

    fn commit(&mut self, jobs: &mut [Job<D>]) -> Outcome<Vec<Event>> {
        let events = self.database.commit(|tx| {
            for job in jobs {
                apply(job, tx)?;
            }
            tally::write(tx)
        })?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(events)
    }

    /// Undoes a batch and answers everyone alike.
    fn undo(&mut self, jobs: &mut [Job<D>], error: &Error) {
        tracing::error!(intentions = jobs.len(), "a batch failed and was undone");
        for job in jobs {
            job.answer(error.clone());
        }
        self.database.undo();
    }
}

/// Does one intention; if it is refused, it is undone alone.
fn apply<D: Database>(job: &mut Job<D>, tx: &mut D::Tx<'_>) -> Outcome<()> {
    if job.undoes_itself() {
        return job.apply(tx).or_else(|fault| refuse(job, fault));
    }
    tally::write(tx)?;
    tx.savepoint()?;
    let noted = tx.notes().len();
    if let Err(fault) = job.apply(tx).and_then(|()| tally::write(tx)) {
        refuse(job, fault)?;
        tx.roll_back()?;
        tx.notes().go_back(noted);
    }
    tx.release()
}

/// Answers an intention that came to nothing, unless the whole batch does.
fn refuse<D: Database>(job: &mut Job<D>, fault: Fault) -> Outcome<()> {
    if fault.spoils_batch() {
        return Err(fault);
    }
    job.answer(fault.into_error());
    Ok(())
}
