//! Fills a new data folder with a large site, as true as if people had made it: counters are the sums of their rows,
//! versions and seqs have no holes. It writes to SQLite directly, some hundred thousand rows a second.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use plaudit::domain::Timestamp;
use plaudit::store::sqlite::{SqliteOptions, SqliteStore};
use plaudit::store::{Batch, Sink, Store};
use rusqlite::{Connection, Transaction, params};

const EXAMPLES: &str = "\
Examples:
  cargo run --release --example fill -- --data ./big
  cargo run --release --example fill -- --data ./small --users 10000 --posts 5000 --likes 60000 --comments 10000
  plaudit serve --data ./big                         the site that this has made

The folder must not hold a site. The default takes some two minutes and 2 GB. Four of five users are guests. One session
in three has run out, so that the first sweep has something to do. Nobody has a password: sign up to look around.";

/// Fills a new data folder with a large site.
#[derive(Debug, Parser)]
#[command(name = "fill", after_help = EXAMPLES, max_term_width = 110)]
struct Options {
    /// The folder; it must not hold a site
    #[arg(long)]
    data: PathBuf,
    /// Users; four of five are guests
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10..))]
    users: u64,
    /// Posts that are there
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(u64).range(10..))]
    posts: u64,
    /// Removed posts above all others
    #[arg(long, default_value_t = 100_000)]
    removed: u64,
    /// Likes; most of them on the newest posts
    #[arg(long, default_value_t = 6_000_000)]
    likes: u64,
    /// Comments; most of them on the newest posts, every third one an answer
    #[arg(long, default_value_t = 1_000_000)]
    comments: u64,
}

/// Nobody waits for anything.
struct Nobody;

impl Sink for Nobody {
    fn settle(&mut self, _: Batch) {}
}

/// The same numbers each time. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A post, the newer the likelier: the newest tenth gets nearly half.
    fn post(&mut self, posts: usize) -> usize {
        let share = u128::from(self.next() >> 32);
        let back = usize::try_from((posts as u128 * share * share * share) >> 96).unwrap_or(0);
        posts - 1 - back.min(posts - 1)
    }
}

/// What a post has had so far.
#[derive(Clone)]
struct Counts {
    likes: u64,
    comments: u64,
    version: u64,
    /// The last comment that is no answer; 0: none.
    parent: u64,
}

struct Filling {
    options: Options,
    random: Random,
    now: i64,
    bar: ProgressBar,
    posts: Vec<Counts>,
}

/// A new site has two rows of its own: user 1 and post 1.
const FIRST: u64 = 2;
const DAY: i64 = 24 * 3_600_000;

impl Filling {
    /// A moment of the last year, the later the larger `number` is.
    fn at(&self, number: u64, of: u64) -> i64 {
        let passed = i128::from(360 * DAY) * i128::from(number) / i128::from(of.max(1));
        let passed = i64::try_from(passed).unwrap_or(0);
        self.now - 361 * DAY + passed
    }

    fn members(&self) -> u64 {
        self.options.users / 5
    }

    fn member(&mut self) -> u64 {
        FIRST + self.random.below(self.members())
    }

    fn text(&mut self, longest: u64) -> String {
        const WORDS: [&str; 12] =
            ["a", "small", "site", "that", "grew", "and", "people", "who", "like", "what", "others", "say"];
        let words = 3 + self.random.below(longest);
        let mut text = String::new();
        for _ in 0..words {
            text.push_str(WORDS[usize::try_from(self.random.below(12)).unwrap_or_default()]);
            text.push(' ');
        }
        text.pop();
        text
    }

    fn users(&mut self, db: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut member = db.prepare(
            "INSERT INTO users (id, handle, name, kind, created_at) VALUES (?1, ?2, ?3, 'member', ?4)",
        )?;
        let mut guest =
            db.prepare("INSERT INTO users (id, name, kind, created_at) VALUES (?1, 'Guest', 'guest', ?2)")?;
        let mut session = db.prepare(
            "INSERT INTO sessions (user, token_hash, created_at, seen_at, ends_at) VALUES (?1, ?2, ?3, ?3, ?4)",
        )?;
        for number in 0..self.options.users {
            let (id, at) = (FIRST + number, self.at(number, self.options.users));
            if number < self.members() {
                member.execute(params![id, format!("user_{number}"), format!("User {number}"), at])?;
            } else {
                guest.execute(params![id, at])?;
            }
            // Seen at some time of the last 21 days: who was not for 14 days has a session that is over.
            let seen = self.now - i64::try_from(self.random.below(21 * DAY.unsigned_abs())).unwrap_or(0);
            let mut token = [0_u8; 32];
            for part in token.chunks_mut(8) {
                part.copy_from_slice(&self.random.next().to_le_bytes());
            }
            session.execute(params![id, token, seen, seen + 90 * DAY])?;
            self.bar.inc(1);
        }
        Ok(())
    }

    fn likes(&mut self, db: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut like = db.prepare("INSERT INTO likes (user, post, at, place) VALUES (?1, ?2, ?3, ?4)")?;
        let (users, posts) = (self.options.users, self.posts.len());
        let mut liked = HashSet::new();
        for number in 0..users {
            // Equal shares, and the rest for the first ones.
            let share = self.options.likes / users + u64::from(number < self.options.likes % users);
            liked.clear();
            while (liked.len() as u64) < share.min(posts as u64 / 2) {
                liked.insert(self.random.post(posts));
            }
            let mut in_order: Vec<_> = liked.iter().copied().collect();
            in_order.sort_unstable();
            for post in in_order {
                let counts = &mut self.posts[post];
                counts.likes += 1;
                counts.version += 1;
                let (place, id) = (counts.version, FIRST + post as u64);
                like.execute(params![FIRST + number, id, self.now - DAY, place])?;
                self.bar.inc(1);
            }
        }
        Ok(())
    }

    /// When each comment was written, counted in posts, and of which post it is. A comment comes within a hundredth of
    /// the whole time after its post.
    fn commented(&mut self) -> Vec<(u64, usize)> {
        let (all, posts) = (self.options.comments, self.options.posts);
        let mut commented: Vec<_> = (0..all)
            .map(|_| {
                let post = self.random.post(self.posts.len());
                let later = self.random.below(posts / 100 + 1);
                ((post as u64 + later).min(posts), post)
            })
            .collect();
        commented.sort_unstable();
        commented
    }

    fn comments(&mut self, db: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut comment = db.prepare(
            "INSERT INTO comments (id, post, parent, author, text, created_at, seq, changed_seq)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        )?;
        for (number, (when, post)) in (0..).zip(self.commented()) {
            let (id, at) = (1 + number, self.at(when, self.options.posts));
            let (author, text) = (self.member(), self.text(40));
            let counts = &mut self.posts[post];
            counts.comments += 1;
            counts.version += 1;
            let parent = (number % 3 == 0 && counts.parent > 0).then_some(counts.parent);
            if parent.is_none() {
                counts.parent = id;
            }
            let (seq, post) = (counts.comments, FIRST + post as u64);
            comment.execute(params![id, post, parent, author, text, at, seq])?;
            self.bar.inc(1);
        }
        Ok(())
    }

    /// Posts come last: their rows say what they have had.
    fn posts(&mut self, db: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut post = db.prepare(
            "INSERT INTO posts (id, author, text, created_at, likes, comments, version, seq, changed_seq, comments_seq)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?1, ?1, ?6)",
        )?;
        let posts = std::mem::take(&mut self.posts);
        for (number, counts) in posts.iter().enumerate() {
            let number = number as u64;
            let (author, text) = (self.member(), self.text(60));
            let at = self.at(number, self.options.posts);
            let Counts { likes, comments, version, .. } = counts;
            post.execute(params![FIRST + number, author, text, at, likes, comments, version])?;
            self.bar.inc(1);
        }
        let mut tombstone = db.prepare(
            "INSERT INTO posts (id, author, text, created_at, version, seq, changed_seq, removed_at)
             VALUES (?1, ?2, '', ?3, 2, ?4, ?5, ?3)",
        )?;
        // Each was written and removed: two places in the feed.
        let (first, seq) = (FIRST + self.options.posts, FIRST + self.options.posts);
        for number in 0..self.options.removed {
            let author = self.member();
            let (written, removed) = (seq + 2 * number, seq + 2 * number + 1);
            tombstone.execute(params![first + number, author, self.now - DAY / 2, written, removed])?;
            self.bar.inc(1);
        }
        let head = seq + 2 * self.options.removed - 1;
        db.execute("UPDATE streams SET head = ?1 WHERE name = 'feed:latest'", [head])?;
        Ok(())
    }
}

/// Indexes are made at the end, all at once: that is much faster, and the same.
fn without_indexes(
    db: &mut Connection,
    bar: &ProgressBar,
    fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> anyhow::Result<()> {
    let db = db.transaction()?;
    let indexes: Vec<(String, String)> = db
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &indexes {
        db.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    fill(&db)?;
    for (name, sql) in &indexes {
        bar.set_message(format!("index {name}"));
        db.execute_batch(sql)?;
        bar.inc(1);
    }
    bar.set_message("writing");
    db.commit()?;
    Ok(())
}

fn fill(options: Options) -> anyhow::Result<()> {
    anyhow::ensure!(
        !options.data.join("plaudit.db").exists(),
        "there is a site in {} already: name a folder without one",
        options.data.display()
    );
    std::fs::create_dir_all(&options.data)?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let path = options.data.join("plaudit.db");
    let new = SqliteOptions::new(&path, format!("fill{now:x}"), Timestamp(now - 361 * DAY));
    let store: Arc<dyn Store> = SqliteStore::open(&new, Box::new(Nobody))?;
    tokio::runtime::Builder::new_current_thread().build()?.block_on(store.close());
    drop(store);

    let mut db = Connection::open(&path)?;
    // A run that is broken off leaves a folder to throw away.
    db.pragma_update(None, "synchronous", "OFF")?;
    db.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
    db.pragma_update(None, "foreign_keys", false)?;
    db.pragma_update(None, "cache_size", -1_000_000)?;

    let rows = options.users + options.likes + options.comments + options.posts + options.removed;
    let bar = ProgressBar::new(rows + 20);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {percent:>3} %  {elapsed} (about {eta} left)  {msg}",
    )?);
    let posts = usize::try_from(options.posts)?;
    let none = Counts { likes: 0, comments: 0, version: 1, parent: 0 };
    let mut filling = Filling { options, random: Random(1), now, bar: bar.clone(), posts: vec![none; posts] };
    without_indexes(&mut db, &bar, |db| {
        for (what, step) in [
            ("users", Filling::users as fn(&mut Filling, &Transaction<'_>) -> _),
            ("likes", Filling::likes),
            ("comments", Filling::comments),
            ("posts", Filling::posts),
        ] {
            filling.bar.set_message(what);
            step(&mut filling, db)?;
        }
        Ok(())
    })?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute("UPDATE meta SET checks = checks + 1", [])?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    bar.finish_with_message("done");
    Ok(())
}

fn main() -> ExitCode {
    match fill(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
