//! The contract's fixture for `SQLite`, and what holds for `SQLite` alone: the file, its rights, a disk that is full.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use plaudit::domain::{Error, Limit, Subject};
use plaudit::store::Maintenance as _;
use plaudit::store::sqlite::{OpenError, SqliteOptions, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

use super::world::{EPOCH, Fixture, NOW, Seen, World, report, writing};

/// A folder of its own with a `plaudit.db` in it.
pub(super) struct SqliteFixture {
    folder: TempDir,
    options: SqliteOptions,
}

impl SqliteFixture {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = SqliteOptions::new(folder.path().join("plaudit.db"), EPOCH, NOW);
        options.queue_bound = 1000;
        options.patience = Duration::from_millis(50);
        Self { folder, options }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.options.path.clone()
    }

    /// The hand of another process.
    fn other_hand(&self) -> Connection {
        let db = Connection::open(self.path()).unwrap();
        db.busy_timeout(Duration::from_secs(5)).unwrap();
        db
    }

    /// No file holds this text.
    pub(super) fn is_not_to_be_found(&self, text: &str) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{}", path.display());
        }
    }

    fn try_open(&self) -> Result<Arc<SqliteStore>, OpenError> {
        SqliteStore::open(&self.options, Box::new(Seen::default()))
    }
}

#[async_trait]
impl Fixture for SqliteFixture {
    async fn open_as(&self, epoch: &str) -> World {
        let seen = Seen::default();
        let options = SqliteOptions { epoch: epoch.to_owned(), ..self.options.clone() };
        let store = SqliteStore::open(&options, Box::new(seen.clone())).unwrap();
        let commits = Arc::clone(&store);
        World::new(store, seen, options.online, Box::new(move || commits.commits()))
    }

    async fn break_commits(&self) {
        // A deferred foreign key is checked by the COMMIT: each intention succeeds, the batch does not.
        self.other_hand()
            .execute_batch(
                "CREATE TABLE trouble (nobody INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED);
                 CREATE TRIGGER trouble_maker AFTER INSERT ON likes BEGIN INSERT INTO trouble VALUES (-1); END;",
            )
            .unwrap();
    }

    async fn mend_commits(&self) {
        self.other_hand().execute_batch("DROP TRIGGER trouble_maker; DROP TABLE trouble;").unwrap();
    }

    async fn killed(&self) -> Box<dyn Fixture> {
        // A process that is killed leaves what it has written, and no file is closed or checkpointed.
        let copy = Self::new();
        for name in ["plaudit.db", "plaudit.db-wal"] {
            std::fs::copy(self.folder.path().join(name), copy.folder.path().join(name)).unwrap();
        }
        Box::new(copy)
    }
}

#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    let fixture = SqliteFixture::new();
    let world = fixture.open().await;
    world.member("ana").await;
    for name in ["plaudit.db", "plaudit.db-wal"] {
        let mode = std::fs::metadata(fixture.folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_with_a_helpful_sentence() {
    let fixture = SqliteFixture::new();
    fixture.open().await.store.close().await;
    fixture
        .other_hand()
        .execute(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'from_the_future', '2030-01-01T00:00:00Z', '1')",
            [],
        )
        .unwrap();
    let error = fixture.try_open().map(|_| ()).unwrap_err();
    assert!(matches!(error, OpenError::Newer(_)), "{error:?}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let fixture = SqliteFixture::new();
    let letter = "Dear diary, ".repeat(1000);
    std::fs::write(fixture.path(), &letter).unwrap();
    assert!(matches!(fixture.try_open(), Err(OpenError::Database(_))));
    assert_eq!(std::fs::read_to_string(fixture.path()).unwrap(), letter);
}

#[tokio::test]
async fn a_removed_text_is_gone_from_the_file() {
    let fixture = SqliteFixture::new();
    let world = fixture.open().await;
    let author = world.member("ana").await;
    // Long enough for overflow pages too, and between neighbours that make the page move its cells.
    let secret = "nobody-may-read-this ".repeat(300);
    let before = world.post(author, "neighbour").await;
    let post = world.post(author, &secret).await;
    let short = world.post(author, "nobody-may-read-this either").await;
    world.post(author, "neighbour").await;
    for id in [post.id, short.id, before.id] {
        world.store.remove_post(id, NOW).await.unwrap();
    }
    world.store.close().await;
    fixture.is_not_to_be_found("nobody-may-read");
}

#[tokio::test]
async fn an_erased_account_is_gone_from_the_file() {
    let fixture = SqliteFixture::new();
    let world = fixture.open().await;
    let (ana, ben) = (world.member("nobody_may_read").await, world.member("ben").await);
    let (post, other) = (world.post(ana, "nobody_may_read").await.id, world.welcome().await);
    for number in 0..130 {
        world.comment(post, ben, &format!("nobody_may_read {number}")).await;
    }
    let comment = world.comment(other, ana, "nobody_may_read").await.id;
    world.store.edit_comment(comment, "nobody_may_read, again".to_owned(), NOW, None).await.unwrap();
    world.like(ana, other).await.unwrap();
    world.like(ben, post).await.unwrap();
    for subject in [Subject::Post(other), Subject::Post(post)] {
        world.store.create_report(report(subject, ana, "nobody_may_read")).await.unwrap();
        world.store.create_report(report(subject, ben, "Rude")).await.unwrap();
    }
    // Withheld likes too: its own, and others' of its posts.
    let out = world.member("out").await;
    world.like(out, post).await.unwrap();
    world.store.set_suspended(out, true, NOW).await.unwrap();
    world.store.set_suspended(ana, true, NOW).await.unwrap();
    world.store.erase_user(ana, NOW, None).await.unwrap();
    let quiet = world.member("quiet").await;
    world.like(quiet, other).await.unwrap();
    world.store.set_suspended(quiet, true, NOW).await.unwrap();
    world.store.erase_user(quiet, NOW, None).await.unwrap();
    let db = fixture.other_hand();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM unfinished"), 0);
    assert_eq!(count("SELECT count(*) FROM likes"), 0);
    assert_eq!(count("SELECT count(*) FROM withheld_likes"), 0);
    assert_eq!(count("SELECT count(*) FROM reports"), 1, "of ben, about what is there");
    assert_eq!(count("SELECT count(*) FROM comments WHERE removed_at IS NULL"), 0);
    assert_eq!(count("SELECT count(*) FROM users WHERE erased_at IS NOT NULL"), 1, "who wrote keeps a row");
    drop(db);
    world.store.close().await;
    fixture.is_not_to_be_found("nobody_may_read");
}

#[tokio::test]
async fn closing_leaves_the_log_empty() {
    let fixture = SqliteFixture::new();
    let world = fixture.open().await;
    world.members(20).await;
    world.store.close().await;
    let log = std::fs::metadata(fixture.folder.path().join("plaudit.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room_again() {
    let mut fixture = SqliteFixture::new();
    fixture.options.page_limit = Some(180);
    let world = fixture.open().await;
    let author = world.member("ana").await;
    // Several pages each, which a removal gives back.
    let large = "x".repeat(20_000);
    let mut written = Vec::new();
    let error = loop {
        match world.store.create_post(writing(author, &large, None)).await {
            Ok(created) => written.push(created.item),
            Err(error) => break error,
        }
        assert!(written.len() < 100, "the disk never got full");
    };
    assert_eq!(error, Error::Storage);
    let head = world.store.read_feed_tail().await.unwrap().seq;
    assert_eq!(head, 1 + written.len() as u64, "what failed took no seq");
    assert!(world.store.list_posts(Some(author), None, None, Limit::default()).await.is_ok());

    for post in &written[..3] {
        world.store.remove_post(post.id, NOW).await.unwrap();
    }
    let created = world.store.create_post(writing(author, &large, None)).await.unwrap();
    assert_eq!(created.item.seq, head + 4);
}

#[tokio::test]
async fn a_lock_that_another_process_keeps_fails_the_batch_and_no_more() {
    let fixture = SqliteFixture::new();
    let world = fixture.open().await;
    let (post, user) = (world.welcome().await, world.member("ana").await);
    let other = fixture.other_hand();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(world.like(user, post).await, Err(Error::Storage));
    assert_eq!(world.counts(post).await.unwrap().likes, 0);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(world.like(user, post).await.unwrap().changed);
}

#[tokio::test]
async fn a_rollback_from_within_fails_the_batch_and_no_more() {
    let fixture = SqliteFixture::new();
    let world = fixture.open().await;
    let (post, user) = (world.welcome().await, world.member("ana").await);
    fixture
        .other_hand()
        .execute_batch(
            "CREATE TRIGGER way_out BEFORE INSERT ON likes BEGIN SELECT RAISE (ROLLBACK, 'out of here'); END",
        )
        .unwrap();
    world.seen.take();
    world.hold();
    let (kept, lost) =
        (world.store.create_post(writing(user, "with it", None)), world.submit(user, post, true));
    let (kept, ()) = tokio::join!(biased; kept, async { world.seen.release() });
    assert_eq!(
        (kept.map(|_| ()), lost.await.unwrap().map(|_| ())),
        (Err(Error::Storage), Err(Error::Storage))
    );
    assert!(world.seen.take_events().is_empty());
    fixture.other_hand().execute_batch("DROP TRIGGER way_out").unwrap();
    assert!(world.like(user, post).await.unwrap().changed);
}

/// Says to the process that `several_processes_…` starts which database to open.
const DATABASE: &str = "PLAUDIT_TEST_DATABASE";

#[test]
#[ignore = "it is a process of the next test"]
fn one_of_several_processes() {
    let mut options = SqliteOptions::new(std::env::var(DATABASE).unwrap(), EPOCH, NOW);
    options.patience = Duration::from_secs(20);
    let store = SqliteStore::open(&options, Box::new(Seen::default())).unwrap();
    assert_eq!(store.epoch(), EPOCH);
}

#[test]
fn several_processes_that_begin_a_database_at_once_all_succeed() {
    for _ in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let opening: Vec<_> = (0..6)
            .map(|_| {
                std::process::Command::new(std::env::current_exe().unwrap())
                    .args(["--ignored", "--exact", "store_contract::sqlite::one_of_several_processes"])
                    .env(DATABASE, folder.path().join("plaudit.db"))
                    .stdout(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for process in opening {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}
