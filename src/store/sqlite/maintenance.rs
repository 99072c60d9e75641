//! The store as a whole: its name, what it counts, sweeping, checking, closing.

use std::io;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use rusqlite::Connection;

use super::tx::Outcome;
use super::{SqliteStore, sweep};
use crate::domain::{Error, Result, Timestamp};
use crate::store::Maintenance;

#[async_trait]
impl Maintenance for SqliteStore {
    fn epoch(&self) -> &str {
        &self.epoch
    }

    async fn finish(&self) -> Result<()> {
        sweep::finish(self).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<()> {
        sweep::finish(self).await?;
        sweep::sweep(self, now).await
    }

    async fn find_newest_time(&self) -> Result<Option<Timestamp>> {
        self.read(|db| find_newest_time(db)).await
    }

    fn snapshot_reads(&self) -> u64 {
        self.snapshot_reads.load(Ordering::Relaxed)
    }

    async fn check(&self) -> Result<()> {
        let room = self.room.clone();
        let room = tokio::task::spawn_blocking(move || room.check()).await;
        if let Err(error) = room.unwrap_or_else(|error| Err(io::Error::other(error))) {
            tracing::error!(%error, "nothing more can be written on the disk of the database");
            return Err(Error::Storage);
        }
        self.write(|tx| tx.execute("UPDATE meta SET checks = checks + 1", [])).await?;
        self.read(|db| Ok(db.query_row("SELECT 1 FROM meta", [], |_| Ok(()))?)).await
    }

    fn give_back(&self) {
        self.readers.give_back();
    }

    fn lost(&self) -> Option<String> {
        self.files.lost()
    }

    async fn failed(&self) {
        self.writes.failed().await;
    }

    async fn close(&self) {
        self.writes.close().await;
    }
}

/// When the newest post, comment, user or session was made, or a session was last used.
fn find_newest_time(db: &Connection) -> Outcome<Option<Timestamp>> {
    let mut statement = db.prepare_cached(
        "SELECT max(coalesce((SELECT created_at FROM posts WHERE id = (SELECT max(id) FROM posts)), 0),
                    coalesce((SELECT created_at FROM comments WHERE id = (SELECT max(id) FROM comments)), 0),
                    coalesce((SELECT created_at FROM users WHERE id = (SELECT max(id) FROM users)), 0),
                    coalesce((SELECT max(seen_at) FROM sessions), 0))",
    )?;
    let newest: i64 = statement.query_row([], |row| row.get(0))?;
    Ok((newest > 0).then_some(Timestamp(newest)))
}
