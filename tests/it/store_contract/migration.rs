//! A database of the version before is brought to this one with all that is in it.

use plaudit::domain::{Limit, PostId, Settings, UserId};
use rusqlite::Connection;

use super::sqlite::SqliteFixture;
use super::world::{Fixture, NOW, token};

const V1: &str = include_str!("../../../migrations/sqlite/V1__people_posts_likes.sql");

/// What a site of the first version may have written: a member, two guests, a post with two likes, a tombstone.
const ROWS: &str = "
    INSERT INTO meta (id, epoch) VALUES (1, 'old');
    INSERT INTO users (id, handle, name, bio, kind, password_hash, created_at)
        VALUES (1, 'ana', 'Ana', 'Paints', 'member', 'argon', 5), (2, NULL, 'Guest', '', 'guest', NULL, 6),
            (3, NULL, 'Guest', '', 'guest', NULL, 6);
    INSERT INTO posts (id, author, text, key, created_at, likes, version, seq, changed_seq, removed_at)
        VALUES (1, 1, 'Hello', 'k1', 7, 2, 3, 1, 1, NULL), (2, 1, '', NULL, 8, 0, 2, 2, 3, 9);
    INSERT INTO likes (post, user, at, place) VALUES (1, 1, 10, 2), (1, 2, 11, 3);
    UPDATE streams SET head = 3;";

/// Writes a database as the first version left it, with that version's own note of its migration.
fn write_v1(fixture: &SqliteFixture, history: &(String, String, String)) {
    let db = Connection::open(fixture.path()).unwrap();
    db.execute_batch(&format!("PRAGMA journal_mode = WAL; {V1} {ROWS}")).unwrap();
    let (schema, name, checksum) = history;
    db.execute_batch(schema).unwrap();
    db.execute(
        "INSERT INTO refinery_schema_history VALUES (1, ?1, '2026-01-01T00:00:00Z', ?2)",
        [name, checksum],
    )
    .unwrap();
    db.execute(
        "INSERT INTO sessions (user, token_hash, created_at, seen_at, ends_at) VALUES (1, ?1, ?2, ?2, ?3)",
        rusqlite::params![token(0).0, NOW.0, NOW.plus_seconds(60).0],
    )
    .unwrap();
}

/// How a migration is noted: read from a new database.
async fn history() -> (String, String, String) {
    let new = SqliteFixture::new();
    new.open().await.store.close().await;
    let db = Connection::open(new.path()).unwrap();
    let text = |sql| db.query_row(sql, [], |row| row.get(0)).unwrap();
    (
        text("SELECT sql FROM sqlite_schema WHERE name = 'refinery_schema_history'"),
        text("SELECT name FROM refinery_schema_history WHERE version = 1"),
        text("SELECT checksum FROM refinery_schema_history WHERE version = 1"),
    )
}

#[tokio::test]
async fn a_database_of_the_first_version_is_migrated() {
    let fixture = SqliteFixture::new();
    write_v1(&fixture, &history().await);
    let world = fixture.open().await;
    assert_eq!(world.store.epoch(), "old");
    let session = world.store.find_session(token(0), NOW).await.unwrap().unwrap();
    assert_eq!((session.user.bio.as_str(), session.settings), ("Paints", Settings::default()));
    let posts =
        world.store.list_posts(Some(UserId(1)), Some(UserId(2)), None, Limit::default()).await.unwrap();
    let [post] = &posts.items[..] else { panic!("{posts:?}") };
    assert_eq!((post.text.as_str(), post.likes, post.comments, post.liked), ("Hello", 2, 0, true));
    assert_eq!(world.likers(PostId(1)).await, [UserId(2), UserId(1)]);

    let first = world.comment(PostId(1), UserId(2), "A new one").await;
    assert_eq!((first.seq, world.counts(PostId(1)).await.unwrap().version), (1, 4));
    // A guest of whom nothing is left goes with the first sweep.
    world.store.sweep(NOW).await.unwrap();
    world.store.close().await;
    let db = Connection::open(fixture.path()).unwrap();
    let guests: Vec<u64> = db
        .prepare("SELECT id FROM users WHERE kind = 'guest'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(guests, [2]);
    let broken: u64 =
        db.query_row("SELECT count(*) FROM pragma_foreign_key_check()", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
}
