//! Rows become what the domain speaks of. Every query that shows a user or a post takes its columns from here.
//!
//! The column lists are macros, because only a literal can be joined into a statement at compile time, and a statement
//! must be one constant text to be found in the cache of prepared ones.

use rusqlite::Row;

use crate::domain::{
    Comment, CommentId, ConversationId, Counts, Cursor, Delivery, DeliveryState, ID_LIMIT, Message,
    MessageId, MessagesFrom, Notify, Post, PostId, Session, SessionId, Settings, Timestamp, User, UserId,
    UserKind,
};

/// The columns of [`user`], from `users u`.
macro_rules! user_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator"
    };
}

/// The columns of [`post`] from `posts p` and its author, `users u`; what follows says whether the reader likes it.
macro_rules! post_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, \
         p.id, p.text, p.created_at, p.likes, p.comments, p.version, p.seq, p.comments_seq, p.edited_at"
    };
}

/// The columns of [`comment`] from `comments c` and its author, `users u`.
macro_rules! comment_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, \
         c.id, c.post, c.parent, c.text, c.created_at, c.edited_at, c.seq"
    };
}

/// The columns of [`message`] from `messages m` and its author, `users u`.
macro_rules! message_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, \
         m.id, m.conversation, m.text, m.created_at, m.edited_at, m.seq, coalesce(m.agent, m.author), \
         m.delivery, m.delivery_at, m.delivery_reason"
    };
}

/// The columns of [`person`], from `users u`.
macro_rules! person_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, \
         u.shows_viewing, u.notify_like, u.notify_comment, u.notify_answer, u.notify_mention, \
         u.messages_from, u.receipts"
    };
}

/// The columns of [`session`], from `users u` and `sessions s`.
macro_rules! session_columns {
    () => {
        "u.id, u.handle, u.name, u.bio, u.kind, u.moderator, \
         u.shows_viewing, u.notify_like, u.notify_comment, u.notify_answer, u.notify_mention, \
         u.messages_from, u.receipts, s.id, s.seen_at, s.ends_at"
    };
}

pub(super) use {
    comment_columns, message_columns, person_columns, post_columns, session_columns, user_columns,
};

/// How many columns a user has, and so where the others of a row begin.
pub(super) const USER_WIDTH: usize = 6;
/// Where a row of a post says whether the reader likes it; a query's own columns begin behind it.
const LIKED: usize = USER_WIDTH + 9;
/// How many columns a post has.
pub(super) const POST_WIDTH: usize = LIKED + 1;
/// How many columns a comment has.
pub(super) const COMMENT_WIDTH: usize = USER_WIDTH + 7;
/// How many columns a message has.
pub(super) const MESSAGE_WIDTH: usize = USER_WIDTH + 10;
/// How many columns a user and its settings have.
const PERSON_WIDTH: usize = USER_WIDTH + 7;

/// The user in the first columns of a row.
pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    user_at(row, 0)
}

/// The user whose columns begin with this one.
pub(super) fn user_at(row: &Row<'_>, at: usize) -> rusqlite::Result<User> {
    let kind = match row.get_ref(at + 4)?.as_str()? {
        "member" => UserKind::Member,
        "inbox" => UserKind::Inbox,
        "customer" => UserKind::Customer,
        _ => UserKind::Guest,
    };
    Ok(User {
        id: UserId(row.get(at)?),
        handle: row.get(at + 1)?,
        name: row.get(at + 2)?,
        bio: row.get(at + 3)?,
        kind,
        moderator: row.get(at + 5)?,
    })
}

/// The post of a row.
pub(super) fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        author: user(row)?,
        id: PostId(row.get(USER_WIDTH)?),
        text: row.get(USER_WIDTH + 1)?,
        created_at: Timestamp(row.get(USER_WIDTH + 2)?),
        likes: row.get(USER_WIDTH + 3)?,
        comments: row.get(USER_WIDTH + 4)?,
        version: row.get(USER_WIDTH + 5)?,
        seq: row.get(USER_WIDTH + 6)?,
        comments_seq: row.get(USER_WIDTH + 7)?,
        edited_at: row.get::<_, Option<i64>>(USER_WIDTH + 8)?.map(Timestamp),
        liked: row.get(LIKED)?,
    })
}

/// The comment of a row.
pub(super) fn comment(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        author: user(row)?,
        id: CommentId(row.get(USER_WIDTH)?),
        post: PostId(row.get(USER_WIDTH + 1)?),
        parent: row.get::<_, Option<u64>>(USER_WIDTH + 2)?.map(CommentId),
        text: row.get(USER_WIDTH + 3)?,
        created_at: Timestamp(row.get(USER_WIDTH + 4)?),
        edited_at: row.get::<_, Option<i64>>(USER_WIDTH + 5)?.map(Timestamp),
        seq: row.get(USER_WIDTH + 6)?,
    })
}

/// The message of a row.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        author: user(row)?,
        id: MessageId(row.get(USER_WIDTH)?),
        conversation: ConversationId(row.get(USER_WIDTH + 1)?),
        text: row.get(USER_WIDTH + 2)?,
        created_at: Timestamp(row.get(USER_WIDTH + 3)?),
        edited_at: row.get::<_, Option<i64>>(USER_WIDTH + 4)?.map(Timestamp),
        seq: row.get(USER_WIDTH + 5)?,
        writer: UserId(row.get(USER_WIDTH + 6)?),
        delivery: delivery(row, USER_WIDTH + 7)?,
    })
}

/// How far a message has come, where the columns of that begin with this one: state, when, why.
pub(super) fn delivery(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Delivery>> {
    let state = row.get_ref(at)?.as_str_or_null()?.and_then(DeliveryState::parse);
    let Some(state) = state else { return Ok(None) };
    Ok(Some(Delivery { state, at: Timestamp(row.get(at + 1)?), reason: row.get(at + 2)? }))
}

/// The user in the first columns of a row, and its settings behind it.
pub(super) fn person(row: &Row<'_>) -> rusqlite::Result<(User, Settings)> {
    let notify = Notify {
        like: row.get(USER_WIDTH + 1)?,
        comment: row.get(USER_WIDTH + 2)?,
        answer: row.get(USER_WIDTH + 3)?,
        mention: row.get(USER_WIDTH + 4)?,
    };
    let messages_from = messages_from(row, USER_WIDTH + 5)?;
    let (shows_viewing, receipts) = (row.get(USER_WIDTH)?, row.get(USER_WIDTH + 6)?);
    Ok((user(row)?, Settings { shows_viewing, notify, messages_from, receipts }))
}

/// Whom a member lets begin, where it is this column.
pub(super) fn messages_from(row: &Row<'_>, column: usize) -> rusqlite::Result<MessagesFrom> {
    Ok(match row.get_ref(column)?.as_str()? {
        "nobody" => MessagesFrom::Nobody,
        _ => MessagesFrom::Everyone,
    })
}

/// The session of a row.
pub(super) fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let (user, settings) = person(row)?;
    Ok(Session {
        user,
        settings,
        id: SessionId(row.get(PERSON_WIDTH)?),
        seen_at: Timestamp(row.get(PERSON_WIDTH + 1)?),
        ends_at: Timestamp(row.get(PERSON_WIDTH + 2)?),
    })
}

/// A post's counts, where they are the first columns of a row: likes, comments, version.
pub(super) fn counts(row: &Row<'_>) -> rusqlite::Result<Counts> {
    Ok(Counts { likes: row.get(0)?, comments: row.get(1)?, version: row.get(2)? })
}

/// The position that a page's rows come before; the first page's come before everything.
pub(super) fn before(after: Option<Cursor>) -> u64 {
    after.map_or(ID_LIMIT, |Cursor(position)| position)
}
