//! Likes are told once a second: what has come since is counted from the likes themselves, however many they are. Which
//! posts have some stands in `untold_likes`, in the transaction of the likes; so a crash loses none, and tells none twice.
//! Those that are taken back leave likewise, once a second.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, params};

use super::notify::{self, Told};
use super::tx::{Outcome, Tx};
use super::{SqliteStore, likes};
use crate::domain::notification::{ACTORS, OPEN_SECONDS};
use crate::domain::{NotificationId, NotificationKind, PostId, Result, Timestamp, UserId};

/// So many posts are told in one transaction, and so many likes that were taken back: a millisecond or two of the writer.
const SLICE: usize = 5;
const LEFT: usize = 250;

/// Tells all that is untold, in slices between the writes of everybody else.
pub(super) async fn tell_all(store: &SqliteStore, now: Timestamp) -> Result<()> {
    let is_quiet = |db: &mut Connection| Ok(!db.prepare_cached("SELECT 1 FROM untold_likes")?.exists([])?);
    // A site on which nobody likes anything has nothing to write.
    if store.read(is_quiet).await? {
        return Ok(());
    }
    let mut upto = 0;
    // What comes meanwhile is told the next time: nobody is told more than once a second.
    while let Some(last) = store.write(move |tx| tell_some(tx, upto, now)).await? {
        upto = last;
    }
    Ok(())
}

/// A day later a like is news again; how many are forgotten, some at a time.
pub(super) fn forget(tx: &mut Tx<'_>, now: Timestamp) -> Outcome<usize> {
    // The mark of a like that is gone: it stays where the like was taken back while it was no news.
    tx.execute(
        "DELETE FROM quiet_likes WHERE (post, user) IN (SELECT post, user FROM told_likes WHERE at < ?1 ORDER BY at, post, user LIMIT ?2)
            AND NOT EXISTS (SELECT 1 FROM likes l WHERE l.user = quiet_likes.user AND l.post = quiet_likes.post)",
        params![now.plus_seconds(-OPEN_SECONDS).0, LEFT],
    )?;
    tx.execute(
        "DELETE FROM told_likes WHERE (post, user) IN (SELECT post, user FROM told_likes WHERE at < ?1 ORDER BY at, post, user LIMIT ?2)",
        params![now.plus_seconds(-OPEN_SECONDS).0, LEFT],
    )
}

/// What is known of untold likes without asking the database: a hot post's likes must not notice that they are told. What is
/// here is forgotten where anything is undone, and where another process has written.
#[derive(Debug, Default)]
pub(super) struct Untold {
    posts: HashMap<PostId, Known>,
    likes: usize,
    data_version: i64,
}

/// What is known of one post.
#[derive(Debug, Default)]
struct Known {
    /// Whether it has a row in `untold_likes`: of a thousand batches within a second one writes it.
    is_noted: bool,
    /// Whose likes nobody was told of: if they are taken back, there is nothing to look for.
    likers: HashSet<UserId>,
    /// Whose likes are no news, since somebody was told of one in the last day: they are in no group now.
    stale: HashSet<UserId>,
}

/// So many likes are remembered at most.
const LIKES: usize = 200_000;

impl Untold {
    /// A batch begins.
    pub(super) fn begin(&mut self, db: &Connection) -> Outcome<()> {
        let now = db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if std::mem::replace(&mut self.data_version, now) != now {
            self.forget();
        }
        Ok(())
    }

    /// Something was undone.
    pub(super) fn forget(&mut self) {
        self.posts.clear();
        self.likes = 0;
    }

    /// A post is told.
    fn forget_post(&mut self, post: PostId) {
        if let Some(known) = self.posts.remove(&post) {
            self.likes -= known.likers.len() + known.stale.len();
        }
    }

    /// These users' likes of a post are no news.
    fn keep_stale(&mut self, post: PostId, users: Vec<UserId>) {
        if self.likes + users.len() <= LIKES {
            self.likes += users.len();
            self.posts.entry(post).or_default().stale = users.into_iter().collect();
        }
    }

    /// A user likes a post from now on.
    pub(super) fn like(&mut self, post: PostId, user: UserId) {
        if self.likes < LIKES && self.posts.entry(post).or_default().likers.insert(user) {
            self.likes += 1;
        }
    }

    /// A user no longer likes a post. Whether it is certain that the like is in no group.
    pub(super) fn unlike(&mut self, post: PostId, user: UserId) -> bool {
        let Some(known) = self.posts.get_mut(&post) else { return false };
        let is_untold = known.likers.remove(&user);
        self.likes -= usize::from(is_untold);
        is_untold || known.stale.contains(&user)
    }
}

/// Notes that a post has likes above this place.
pub(super) fn note(tx: &Tx<'_>, post: PostId, since: u64) -> Outcome<()> {
    if std::mem::replace(&mut tx.untold().posts.entry(post).or_default().is_noted, true) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO untold_likes (post, since) VALUES (?1, ?2)
         ON CONFLICT (post) DO UPDATE SET since = min(since, excluded.since)",
        params![post.0, since],
    )
    .map(drop)
}

/// A user has taken back a like that had this place and was given at `at`; somebody may have been told of it.
pub(super) fn taken_back(tx: &Tx<'_>, post: PostId, user: UserId, place: u64, at: Timestamp) -> Outcome<()> {
    tx.execute(
        "INSERT INTO left_likes (post, user, place, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![post.0, user.0, place, at.0],
    )
    .map(drop)
}

/// Tells those of some posts, the next behind `after`; the last of them.
fn tell_some(tx: &mut Tx<'_>, after: u64, now: Timestamp) -> Outcome<Option<u64>> {
    let posts = tx.list(
        "SELECT post, since FROM untold_likes WHERE post > ?1 ORDER BY post LIMIT ?2",
        params![after, SLICE],
        |row| Ok((PostId(row.get(0)?), row.get::<_, u64>(1)?)),
    )?;
    let (mut room, mut last) = (LEFT, None);
    for (post, since) in posts {
        tx.execute("DELETE FROM untold_likes WHERE post = ?1", [post.0])?;
        tx.untold().forget_post(post);
        tell(tx, post, since, &mut room, now)?;
        last = Some(post.0);
        if room == 0 {
            break;
        }
    }
    Ok(last)
}

/// Likes of one post, by their places.
#[derive(Debug, Clone, Copy)]
struct Range {
    post: PostId,
    author: UserId,
    from: u64,
    upto: u64,
}

fn tell(tx: &mut Tx<'_>, post: PostId, from: u64, room: &mut usize, now: Timestamp) -> Outcome<()> {
    let found =
        tx.find("SELECT author, version FROM posts WHERE id = ?1 AND removed_at IS NULL", [post.0], |row| {
            Ok((UserId(row.get(0)?), row.get(1)?))
        })?;
    let Some((author, upto)) = found else { return Ok(()) };
    let (many, left) = depart(tx, post, *room)?;
    *room = room.saturating_sub(many);
    if *room == 0 {
        // Perhaps there are more: the next time.
        note(tx, post, upto)?;
    }
    // A group that some left and others joined is told once.
    let grown = collect(tx, Range { post, author, from, upto }, now)?;
    left.into_iter().filter(|id| Some(*id) != grown).try_for_each(|id| notify::settle(tx, author, id))
}

/// Puts the new likes into the group that is open, or into another one, and tells it.
fn collect(tx: &mut Tx<'_>, range: Range, now: Timestamp) -> Outcome<Option<NotificationId>> {
    let Range { post, author, from, upto } = range;
    // Nobody in particular: whom the author blocks is looked at below.
    let nobody = UserId(0);
    if !notify::wants(tx, author, nobody, post)?.is_some_and(|wants| wants.like) {
        return Ok(None);
    }
    silence(tx, range, now)?;
    let new: u64 = tx.get(
        "SELECT (SELECT count(*) FROM likes WHERE post = ?1 AND place > ?3 AND place <= ?4)
            - (SELECT count(*) FROM likes WHERE post = ?1 AND user = ?2 AND place > ?3 AND place <= ?4)
            - (SELECT count(*) FROM quiet_likes q CROSS JOIN likes l ON l.user = q.user AND l.post = q.post
               WHERE q.post = ?1 AND l.place > ?3 AND l.place <= ?4)",
        params![post.0, author.0, from, upto],
        |row| row.get(0),
    )?;
    if new == 0 {
        return Ok(None);
    }
    let newest = newest(tx, range)?;
    let at = newest.first().map_or(now, |(_, at)| *at);
    let told = Told { user: author, kind: NotificationKind::Like, post, comment: None, at };
    let id = if let Some(id) = notify::find_open(tx, told)? {
        notify::grow(tx, id, told, new)?;
        tx.execute("UPDATE notifications SET likes_upto = ?2 WHERE id = ?1", [id.0, upto])?;
        id
    } else {
        let id = notify::open(tx, told, new)?;
        tx.execute(
            "UPDATE notifications SET likes_from = ?2, likes_upto = ?3 WHERE id = ?1",
            [id.0, from, upto],
        )?;
        id
    };
    for (actor, _) in newest.iter().rev() {
        tx.execute("INSERT INTO notification_acts (notification, actor) VALUES (?1, ?2)", [id.0, actor.0])?;
    }
    tx.execute(
        "DELETE FROM notification_acts WHERE notification = ?1 AND id NOT IN
            (SELECT id FROM notification_acts WHERE notification = ?1 ORDER BY id DESC LIMIT ?2)",
        params![id.0, ACTORS],
    )?;
    notify::tell(tx, author, id)?;
    Ok(Some(id))
}

/// Marks the likes that are not told: of those whom the author blocks, and of who was told of in the last day.
fn silence(tx: &Tx<'_>, range: Range, now: Timestamp) -> Outcome<()> {
    let Range { post, author, from, upto } = range;
    tx.execute(
        "INSERT INTO quiet_likes (post, user)
         SELECT l.post, l.user FROM blocks b CROSS JOIN likes l ON l.user = b.blocked AND l.post = ?1
         WHERE b.user = ?2 AND l.place > ?3 AND l.place <= ?4
         ON CONFLICT DO NOTHING",
        params![post.0, author.0, from, upto],
    )?;
    tx.execute(
        "INSERT INTO quiet_likes (post, user)
         SELECT l.post, l.user FROM told_likes t CROSS JOIN likes l ON l.user = t.user AND l.post = t.post
         WHERE t.post = ?1 AND t.at > ?2 AND l.place > ?3 AND l.place <= ?4
         ON CONFLICT DO NOTHING",
        params![post.0, now.plus_seconds(-OPEN_SECONDS).0, from, upto],
    )?;
    let stale = tx.list(
        "SELECT user FROM told_likes WHERE post = ?1 AND at > ?2 LIMIT ?3",
        params![post.0, now.plus_seconds(-OPEN_SECONDS).0, STALE],
        |row| Ok(UserId(row.get(0)?)),
    )?;
    tx.untold().keep_stale(post, stale);
    Ok(())
}

/// Of so many users it is remembered that their likes of one post are no news.
const STALE: usize = 2000;

/// The newest of the likes that are told.
fn newest(tx: &Tx<'_>, range: Range) -> Outcome<Vec<(UserId, Timestamp)>> {
    let Range { post, author, from, upto } = range;
    tx.list(
        "SELECT l.user, l.at FROM likes l WHERE l.post = ?1 AND l.place > ?3 AND l.place <= ?4 AND l.user <> ?2
            AND NOT EXISTS (SELECT 1 FROM quiet_likes q WHERE q.post = ?1 AND q.user = l.user)
         ORDER BY l.place DESC LIMIT ?5",
        params![post.0, author.0, from, upto, ACTORS],
        |row| Ok((UserId(row.get(0)?), Timestamp(row.get(1)?))),
    )
}

/// The group that a like at this place is in, and whether nobody has read it.
fn find_group(tx: &Tx<'_>, post: PostId, place: u64) -> Outcome<Option<(NotificationId, Range, bool)>> {
    tx.find(
        "SELECT n.id, n.user, n.likes_from, n.likes_upto,
            n.seq > coalesce((SELECT notifications_read FROM unread u WHERE u.user = n.user), 0)
         FROM posts p CROSS JOIN notifications n INDEXED BY notifications_by_post
            ON n.post = p.id AND n.kind = 'like' AND n.user = p.author AND n.removed = 0
         WHERE p.id = ?1 AND n.likes_upto >= ?2 AND n.likes_from < ?2 LIMIT 1",
        [post.0, place],
        |row| {
            let range = Range { post, author: UserId(row.get(1)?), from: row.get(2)?, upto: row.get(3)? };
            Ok((NotificationId(row.get(0)?), range, row.get(4)?))
        },
    )
}

/// The likes of a post that were taken back leave the groups that nobody has read. How many of them were looked at, and
/// the groups, of which nobody is told yet.
fn depart(tx: &Tx<'_>, post: PostId, room: usize) -> Outcome<(usize, Vec<NotificationId>)> {
    let left = tx.list(
        "SELECT user, place, at FROM left_likes WHERE post = ?1 LIMIT ?2",
        params![post.0, room],
        |row| Ok((UserId(row.get(0)?), row.get::<_, u64>(1)?, row.get::<_, i64>(2)?)),
    )?;
    let many = left.len();
    let mut changed: BTreeMap<NotificationId, (Range, u64)> = BTreeMap::new();
    for (user, place, at) in left {
        tx.execute("DELETE FROM left_likes WHERE post = ?1 AND user = ?2", [post.0, user.0])?;
        let quiet = tx.execute("DELETE FROM quiet_likes WHERE post = ?1 AND user = ?2", [post.0, user.0])?;
        let group = find_group(tx, post, place)?.filter(|(_, range, _)| quiet == 0 && range.author != user);
        let Some((id, range, is_unread)) = group else { continue };
        tx.execute(
            "INSERT INTO told_likes (post, user, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (post, user) DO UPDATE SET at = max(at, excluded.at)",
            params![post.0, user.0, at],
        )?;
        if is_unread {
            changed.entry(id).or_insert((range, 0)).1 += 1;
        }
    }
    for (id, (range, left)) in &changed {
        name_again(tx, *id, *range)?;
        notify::lessen(tx, *id, *left)?;
    }
    Ok((many, changed.into_keys().collect()))
}

/// A like that stood is no more, since its user is gone, or another one by now: it leaves every group, read or not.
pub(super) fn gone(tx: &mut Tx<'_>, post: PostId, user: UserId, place: u64) -> Outcome<()> {
    let quiet = tx.execute("DELETE FROM quiet_likes WHERE post = ?1 AND user = ?2", [post.0, user.0])?;
    let group = find_group(tx, post, place)?.filter(|(_, range, _)| quiet == 0 && range.author != user);
    let Some((id, range, _)) = group else { return Ok(()) };
    let named = tx.execute(
        "DELETE FROM notification_acts WHERE id IN
            (SELECT id FROM notification_acts WHERE notification = ?1 AND actor = ?2)",
        [id.0, user.0],
    )?;
    if named > 0 {
        name_again(tx, id, range)?;
    }
    notify::leave(tx, range.author, id, 1)
}

/// One of those who were named has left: the newest are named anew.
fn name_again(tx: &Tx<'_>, id: NotificationId, range: Range) -> Outcome<()> {
    tx.execute("DELETE FROM notification_acts WHERE notification = ?1", [id.0])?;
    for (actor, _) in newest(tx, range)?.iter().rev() {
        tx.execute("INSERT INTO notification_acts (notification, actor) VALUES (?1, ?2)", [id.0, actor.0])?;
    }
    Ok(())
}

/// Takes away a like that is there, of a user who is gone or becomes another one.
pub(super) fn take_away(tx: &mut Tx<'_>, post: PostId, user: UserId) -> Outcome<()> {
    let place =
        tx.find("SELECT place FROM likes WHERE user = ?1 AND post = ?2", [user.0, post.0], |row| row.get(0))?;
    likes::take_away(tx, post, user)?;
    place.map_or(Ok(()), |place| gone(tx, post, user, place))
}
