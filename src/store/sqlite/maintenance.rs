//! The store as a whole: its name, what it counts, sweeping, checking, closing.

use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::{SqliteStore, sweep};
use crate::domain::{Result, Timestamp};
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

    fn snapshot_reads(&self) -> u64 {
        self.snapshot_reads.load(Ordering::Relaxed)
    }

    async fn check(&self) -> Result<()> {
        self.write(|tx| tx.execute("UPDATE meta SET checks = checks + 1", [])).await?;
        self.read(|db| Ok(db.query_row("SELECT 1 FROM meta", [], |_| Ok(()))?)).await
    }

    async fn failed(&self) {
        self.writes.failed().await;
    }

    async fn close(&self) {
        self.writes.close().await;
    }
}
