//! Durable likes in batches, through the store and in a bare loop of the same statements beside it: what the store adds
//! to `SQLite`. `cargo bench --bench store`. The database stands in the folder for temporary files (`TMPDIR`), on
//! whose disk every batch is synced.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plaudit::domain::{PostId, Timestamp, UserId};
use plaudit::store::sqlite::{SqliteOptions, SqliteStore};
use plaudit::store::{Batch, ConnectionRef, NewMember, NewPost, SetLike, Sink, Store, Waiter};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const USERS: u64 = 1000;
const POSTS: u64 = 100;
const BATCHES: [u64; 4] = [1, 16, 64, 256];
const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// Says how many outcomes have come.
struct Counter(Sender<u64>);

impl Sink for Counter {
    fn settle(&mut self, batch: Batch) {
        let _ = self.0.send(batch.connections.len() as u64);
        batch.requests.into_iter().for_each(|wake| wake());
    }
}

/// A database with users and posts, and the store on it.
struct Bed {
    folder: TempDir,
    runtime: Runtime,
    users: Vec<UserId>,
    posts: Vec<PostId>,
}

impl Bed {
    fn new() -> (Self, Arc<dyn Store>, Receiver<u64>) {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteOptions::new(folder.path().join("plaudit.db"), "bench", NOW);
        let (sender, settled) = channel();
        let store: Arc<dyn Store> =
            SqliteStore::open(&options, Box::new(Counter(sender))).expect("a database");
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let (users, posts) = runtime.block_on(async {
            let mut users = Vec::new();
            for number in 0..USERS {
                let (handle, name) = (format!("user{number}"), format!("User {number}"));
                let member =
                    NewMember { handle, name, password_hash: "none".to_owned(), guest: None, at: NOW };
                users.push(store.create_member(member, None).await.expect("a member").0.id);
            }
            let mut posts = Vec::new();
            for number in 0..POSTS {
                let post = NewPost { author: users[0], text: format!("Post {number}"), key: None, at: NOW };
                posts.push(store.create_post(post).await.expect("a post").item.id);
            }
            (users, posts)
        });
        while settled.try_recv().is_ok() {}
        (Self { folder, runtime, users, posts }, store, settled)
    }

    /// The next user and post, in an order that jumps; every pair once before the first comes again, and then it is
    /// taken back.
    fn like(&self, number: u64) -> SetLike {
        let (pairs, step) = (USERS * POSTS, 7_919);
        let pair = number * step % pairs;
        SetLike {
            post: self.posts[usize::try_from(pair % POSTS).expect("an index")],
            user: self.users[usize::try_from(pair / POSTS).expect("an index")],
            on: (number / pairs).is_multiple_of(2),
            at: NOW,
        }
    }
}

fn batches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("likes");
    group.sample_size(20).measurement_time(Duration::from_secs(4));

    let (bed, store, settled) = Bed::new();
    let mut number = 0;
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch));
        group.bench_function(format!("store, {batch} at once"), |bencher| {
            bencher.iter(|| {
                for reference in 0..batch {
                    let waiter = Waiter::Connection(ConnectionRef { connection: 1, reference });
                    store.set_like(bed.like(number), waiter).expect("room in the queue");
                    number += 1;
                }
                let mut left = batch;
                while left > 0 {
                    left -= settled.recv().expect("a writer that lives");
                }
            });
        });
    }
    bed.runtime.block_on(store.close());

    let (bed, store, _settled) = Bed::new();
    bed.runtime.block_on(store.close());
    let db = Connection::open(bed.folder.path().join("plaudit.db")).expect("the database");
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).expect("a log");
    db.pragma_update(None, "synchronous", "FULL").expect("a pragma");
    db.query_row("PRAGMA wal_autocheckpoint = 4000", [], |_| Ok(())).expect("a pragma");
    let mut number = 0;
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch));
        group.bench_function(format!("bare loop, {batch} at once"), |bencher| {
            bencher.iter(|| bare(&db, &bed, &mut number, batch).expect("a transaction"));
        });
    }
}

/// The transaction that a batch of likes is, and nothing else.
fn bare(db: &Connection, bed: &Bed, number: &mut u64, batch: u64) -> rusqlite::Result<()> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for _ in 0..batch {
        let SetLike { post, user, on, at } = bed.like(*number);
        *number += 1;
        if on {
            db.prepare_cached(
                "INSERT INTO likes (user, post, at, place) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![user.0, post.0, at.0, *number])?;
        } else {
            db.prepare_cached("DELETE FROM likes WHERE user = ?1 AND post = ?2")?
                .execute([user.0, post.0])?;
        }
        db.prepare_cached("UPDATE posts SET likes = likes + ?2, version = version + 1 WHERE id = ?1")?
            .execute(params![post.0, if on { 1 } else { -1 }])?;
    }
    db.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

criterion_group!(benches, batches);
criterion_main!(benches);
