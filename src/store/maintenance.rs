//! What a store needs from those who run it: sweeping, checking, closing.

use async_trait::async_trait;

use crate::domain::{Result, Timestamp};

/// The store as a whole.
#[async_trait]
pub trait Maintenance: Send + Sync + 'static {
    /// Names the lineage of the database; another after a restore.
    fn epoch(&self) -> &str;

    /// Carries out what was decided and left undone: removals, erasures, suspensions.
    async fn finish(&self) -> Result<()>;

    /// The same, and removes sessions that ended before `now`, and guests made more than a day before it who have neither
    /// a session nor a like and wrote nothing. It goes on in slices beside all other writes.
    async fn sweep(&self, now: Timestamp) -> Result<()>;

    /// When the newest thing in the database happened, as far as is quickly known: a post, a comment, a sign-up, a visit.
    async fn find_newest_time(&self) -> Result<Option<Timestamp>>;

    /// How often the database was read for live snapshots (`find_counts`, `read_feed_tail`, `read_comment_tail`): what
    /// sharing must keep low.
    fn snapshot_reads(&self) -> u64;

    /// Whether it can be written to and read, and what people write now would be kept: a disk with room, the database where
    /// it was opened. The log says why not.
    async fn check(&self) -> Result<()>;

    /// Gives back the memory of what nobody reads any more. Called every few seconds.
    fn give_back(&self);

    /// Why what is written now would be lost, if it would be: the open database is not at its place any more. Until it is
    /// back every write is `storage`. Never waits.
    fn lost(&self) -> Option<String>;

    /// Resolves when the store can write no more although nobody closed it, and never otherwise. A batch may have been
    /// committed of which nobody was told, so the process must end.
    async fn failed(&self);

    /// Commits and settles what waits, then puts the log into the database file. Writes after it are `overloaded`.
    async fn close(&self);
}
