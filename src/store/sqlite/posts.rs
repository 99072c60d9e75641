//! Posts: written once per key, read with their author and the reader's own like.
//! The writer and the readers drive it.
//!
//! The joins are CROSS JOINs. In `SQLite` that only fixes the order of the tables, so that a page of posts is always
//! read from the newest post on, whatever the planner's statistics say.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::comments::hash;
use super::rows::{self, post_columns};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, comment_lists, feed, likes, notify, people, removal};
use crate::domain::{
    Base, Counts, Cursor, Error, Event, FeedChange, FeedTail, Limit, Order, Page, Post, PostId, PostView,
    Result, Timestamp, UserId,
};
use crate::store::{Created, NewPost, Posts};

#[async_trait]
impl Posts for SqliteStore {
    async fn create_post(&self, post: NewPost) -> Result<Created<Post>> {
        self.write(move |tx| create(tx, &post)).await
    }

    async fn edit_post(&self, post: PostId, text: String, at: Timestamp, base: Option<Base>) -> Result<Post> {
        self.write(move |tx| edit(tx, post, &text, at, base)).await
    }

    async fn remove_post(&self, post: PostId, at: Timestamp) -> Result<()> {
        // Nobody waits for the rest: it reads as gone already.
        self.decide(move |tx| Ok(((), removal::remove(tx, post, at)?))).await.map(drop)
    }

    async fn find_post(&self, post: PostId, reader: Option<UserId>) -> Result<Option<Post>> {
        self.read(move |db| find(db, post, reader)).await
    }

    async fn view_post(
        &self,
        post: PostId,
        reader: Option<UserId>,
        comments: Limit,
        likers: Limit,
    ) -> Result<Option<PostView>> {
        self.read(move |db| view(db, post, reader, comments, likers)).await
    }

    async fn list_posts(
        &self,
        author: Option<UserId>,
        reader: Option<UserId>,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        self.read(move |db| list(db, author, reader, after, limit)).await
    }

    async fn list_liked_posts(
        &self,
        user: UserId,
        reader: Option<UserId>,
        after: Option<Cursor>,
        limit: Limit,
    ) -> Result<Page<Post>> {
        self.read(move |db| list_liked(db, user, reader, after, limit)).await
    }

    async fn find_counts(&self, posts: &[PostId]) -> Result<Vec<Option<Counts>>> {
        self.note_snapshot_read();
        let posts = posts.to_vec();
        self.read(move |db| find_counts(db, &posts)).await
    }

    async fn read_feed_tail(&self) -> Result<FeedTail> {
        self.note_snapshot_read();
        self.read(feed::read_tail).await
    }
}

/// A post's columns for the reader in ?1 (NULL: nobody in particular), of posts that are there.
macro_rules! select_posts {
    ($conditions:literal) => {
        select_posts!("posts p", $conditions)
    };
    ($from:literal, $conditions:literal) => {
        concat!(
            "SELECT ",
            post_columns!(),
            ", EXISTS (SELECT 1 FROM likes l WHERE l.post = p.id AND l.user = ?1)
             FROM ",
            $from,
            " CROSS JOIN users u ON u.id = p.author WHERE p.removed_at IS NULL AND ",
            $conditions
        )
    };
}

/// Writes a post, or finds the one that the same key has made.
pub(super) fn create(tx: &mut Tx<'_>, new: &NewPost) -> Outcome<Created<Post>> {
    people::check_active(tx, new.author)?;
    if let Some(key) = &new.key
        && let Some(item) = find_by_key(tx, new, key)?
    {
        return Ok(Created { item, fresh: false });
    }
    let seq = next_seq(tx)?;
    let id = tx.get(
        "INSERT INTO posts (author, text, key, created_at, seq, changed_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         RETURNING id",
        params![new.author.0, new.text, new.key, new.at.0, seq],
        |row| Ok(PostId(row.get(0)?)),
    )?;
    let item = get(tx, id, new.author)?;
    tx.note(Event::FeedChanged(FeedChange::Added { seq, item: Arc::new(item.clone()) }));
    notify::posted(tx, &item)?;
    Ok(Created { item, fresh: true })
}

/// Gives a post another text.
fn edit(tx: &mut Tx<'_>, id: PostId, text: &str, at: Timestamp, base: Option<Base>) -> Outcome<Post> {
    let before = find(tx.connection(), id, None)?.ok_or(Error::no_post())?;
    let author = before.author.id;
    people::check_active(tx, author)?;
    if before.text == text {
        return get(tx, id, author);
    }
    base.map_or(Ok(()), |base| base.check(before.edited_at))?;
    let seq = next_seq(tx)?;
    tx.execute(
        "UPDATE posts SET text = ?2, edited_at = ?3, changed_seq = ?4,
            first_hash = CASE WHEN key IS NOT NULL THEN coalesce(first_hash, ?5) END
         WHERE id = ?1",
        params![id.0, text, at.0, seq, hash(&before.text)],
    )?;
    // What is told to everybody says of nobody in particular whether they like it.
    let post = find(tx.connection(), id, None)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    tx.note(Event::FeedChanged(FeedChange::Edited { seq, item: Arc::new(post) }));
    get(tx, id, author)
}

/// The post that this author's key has made. A removed one has no text left to compare, so it is gone for any text.
fn find_by_key(tx: &Tx<'_>, new: &NewPost, key: &str) -> Outcome<Option<Post>> {
    let made = tx.find(
        "SELECT id, removed_at IS NOT NULL, coalesce(first_hash = ?4, text = ?3) FROM posts
         WHERE author = ?1 AND key = ?2",
        params![new.author.0, key, new.text, hash(&new.text)],
        |row| Ok((PostId(row.get(0)?), row.get(1)?, row.get(2)?)),
    )?;
    match made {
        None => Ok(None),
        Some((_, true, _)) => Err(Error::Gone.into()),
        Some((_, false, false)) => Err(Error::KeyReused.into()),
        Some((id, false, true)) => get(tx, id, new.author).map(Some),
    }
}

fn get(tx: &Tx<'_>, id: PostId, reader: UserId) -> Outcome<Post> {
    find(tx.connection(), id, Some(reader))?.ok_or(rusqlite::Error::QueryReturnedNoRows.into())
}

/// The next place in `feed:latest`. Taken in the transaction that uses it: a refused act leaves no gap.
pub(super) fn next_seq(tx: &Tx<'_>) -> Outcome<u64> {
    tx.get("UPDATE streams SET head = head + 1 WHERE name = 'feed:latest' RETURNING head", [], |row| {
        row.get(0)
    })
}

/// A post as `reader` sees it.
pub(super) fn find(db: &Connection, id: PostId, reader: Option<UserId>) -> Outcome<Option<Post>> {
    let mut statement = db.prepare_cached(select_posts!("p.id = ?2"))?;
    Ok(statement.query_row(params![reader.map(|user| user.0), id.0], rows::post).optional()?)
}

/// A post with what its page shows under it.
pub(super) fn view(
    db: &mut Connection,
    id: PostId,
    reader: Option<UserId>,
    comments: Limit,
    likers: Limit,
) -> Outcome<Option<PostView>> {
    let db = db.transaction()?;
    let Some(post) = find(&db, id, reader)? else { return Ok(None) };
    let comments = comment_lists::page(&db, id, Order::Newest, None, comments)?;
    let likers = likes::page(&db, id, None, likers)?;
    Ok(Some(PostView { post, comments, likers }))
}

/// Posts, newest first.
pub(super) fn list(
    db: &Connection,
    author: Option<UserId>,
    reader: Option<UserId>,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Post>> {
    let (reader, before, count) = (reader.map(|user| user.0), rows::before(after), limit.get() + 1);
    let posts = match author {
        Some(author) => all(
            db,
            select_posts!("p.author = ?4 AND p.id < ?2 ORDER BY p.id DESC LIMIT ?3"),
            params![reader, before, count, author.0],
        )?,
        None => newest(db, reader, before, count)?,
    };
    Ok(Page::cut(posts, limit, |post| post.id.0))
}

/// What a user likes, newest post first.
pub(super) fn list_liked(
    db: &Connection,
    user: UserId,
    reader: Option<UserId>,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<Page<Post>> {
    let posts = all(
        db,
        select_posts!(
            "likes given CROSS JOIN posts p ON p.id = given.post",
            "given.user = ?4 AND given.post < ?2 ORDER BY given.post DESC LIMIT ?3"
        ),
        params![reader.map(|user| user.0), rows::before(after), limit.get() + 1, user.0],
    )?;
    Ok(Page::cut(posts, limit, |post| post.id.0))
}

/// At most `count` posts with ids below `before`, newest first.
pub(super) fn newest(db: &Connection, reader: Option<u64>, before: u64, count: usize) -> Outcome<Vec<Post>> {
    // Named, since the planner takes the table itself for as good: it has the tombstones too.
    all(
        db,
        select_posts!("posts p INDEXED BY posts_present", "p.id < ?2 ORDER BY p.id DESC LIMIT ?3"),
        params![reader, before, count],
    )
}

fn all(db: &Connection, sql: &str, params: impl Params) -> Outcome<Vec<Post>> {
    let mut statement = db.prepare_cached(sql)?;
    let posts = statement.query_map(params, rows::post)?.collect::<rusqlite::Result<_>>()?;
    Ok(posts)
}

/// The counts of each of these posts, from one transaction.
pub(super) fn find_counts(db: &mut Connection, posts: &[PostId]) -> Outcome<Vec<Option<Counts>>> {
    let db = db.transaction()?;
    let mut statement =
        db.prepare_cached("SELECT likes, comments, version FROM posts WHERE id = ?1 AND removed_at IS NULL")?;
    let counts = posts
        .iter()
        .map(|post| statement.query_row([post.0], rows::counts).optional())
        .collect::<rusqlite::Result<_>>()?;
    Ok(counts)
}
