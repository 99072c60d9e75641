//! Whether a database is whole and its numbers are true: every page, every reference, every counter, version and stream
//! counted anew from the rows. The role `plaudit check` drives it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, TransactionBehavior};

use super::trouble::{self, Trouble};
use super::{open, search};

/// What was found, in sentences.
#[derive(Debug, Default)]
pub struct Findings {
    /// What was wrong and is mended now; empty where nothing was to be mended.
    pub mended: Vec<String>,
    /// What is wrong.
    pub wrong: Vec<String>,
    /// How many posts were counted.
    pub posts: u64,
}

/// A number that a row keeps, and how it is told from the rows.
struct Number {
    /// What is looked at, for the progress.
    name: &'static str,
    /// Gives of each row that is wrong: its name, what it keeps, what it should be, its id.
    wrong: &'static str,
    /// Sets one right: id, what it should be.
    mend: &'static str,
}

const NUMBERS: &[Number] = &[
    Number {
        name: "likes of a post",
        wrong: "WITH counted AS (SELECT post, count(*) AS likes FROM likes GROUP BY post)
                SELECT 'likes of post ' || p.id, p.likes, coalesce(c.likes, 0), p.id
                FROM posts p LEFT JOIN counted c ON c.post = p.id
                WHERE p.removed_at IS NULL AND p.likes <> coalesce(c.likes, 0)",
        // A page believes only a newer version.
        mend: "UPDATE posts SET likes = ?2, version = version + 1 WHERE id = ?1",
    },
    Number {
        name: "comments of a post",
        wrong: "WITH counted AS (SELECT post, count(*) AS comments FROM comments WHERE removed_at IS NULL GROUP BY post)
                SELECT 'comments of post ' || p.id, p.comments, coalesce(c.comments, 0), p.id
                FROM posts p LEFT JOIN counted c ON c.post = p.id
                WHERE p.removed_at IS NULL AND p.comments <> coalesce(c.comments, 0)",
        mend: "UPDATE posts SET comments = ?2, version = version + 1 WHERE id = ?1",
    },
    Number {
        name: "version of a post",
        // Each like stands at the version that it made: none may be ahead of its post.
        wrong: "WITH places AS (SELECT post, max(place) AS place FROM
                    (SELECT post, place FROM likes UNION ALL SELECT post, place FROM withheld_likes) GROUP BY post)
                SELECT 'version of post ' || p.id, p.version, l.place, p.id
                FROM posts p JOIN places l ON l.post = p.id WHERE p.removed_at IS NULL AND p.version < l.place",
        mend: "UPDATE posts SET version = ?2 + 1 WHERE id = ?1",
    },
    Number {
        name: "stream of a post's comments",
        wrong: "WITH heads AS (SELECT post, max(changed_seq) AS head FROM comments GROUP BY post)
                SELECT 'head of the comments of post ' || p.id, p.comments_seq, coalesce(h.head, 0), p.id
                FROM posts p LEFT JOIN heads h ON h.post = p.id
                WHERE p.removed_at IS NULL AND p.comments_seq <> coalesce(h.head, 0)",
        mend: "UPDATE posts SET comments_seq = ?2 WHERE id = ?1",
    },
    Number {
        name: "stream of the newest posts",
        wrong: "SELECT 'head of feed:latest', s.head, h.head, 0
                FROM streams s, (SELECT coalesce(max(changed_seq), 0) AS head FROM posts) h
                WHERE s.name = 'feed:latest' AND s.head <> h.head",
        mend: "UPDATE streams SET head = ?2 WHERE name = 'feed:latest' AND ?1 = 0",
    },
    Number {
        name: "stream of a conversation",
        wrong: "WITH heads AS (SELECT conversation, max(changed_seq) AS head FROM messages GROUP BY conversation)
                SELECT 'head of conversation ' || c.id, c.head, coalesce(h.head, 0), c.id
                FROM conversations c LEFT JOIN heads h ON h.conversation = c.id WHERE c.head <> coalesce(h.head, 0)",
        mend: "UPDATE conversations SET head = ?2 WHERE id = ?1",
    },
    Number {
        name: "unread messages of a side",
        wrong: "WITH counted AS (SELECT s.conversation, s.user, s.unread, count(m.id) AS messages
                    FROM sides s LEFT JOIN messages m ON m.conversation = s.conversation AND m.removed_at IS NULL
                        AND m.author <> s.user AND m.seq > s.read
                    GROUP BY s.conversation, s.user)
                SELECT 'unread messages of user ' || user || ' in conversation ' || conversation, unread, messages, user
                FROM counted WHERE unread <> messages",
        mend: "UPDATE sides SET unread = (SELECT count(*) FROM messages m WHERE m.conversation = sides.conversation
                   AND m.removed_at IS NULL AND m.author <> sides.user AND m.seq > sides.read)
               WHERE user = ?1 AND ?2 IS NOT NULL",
    },
    Number {
        name: "unread conversations of a user",
        wrong: "WITH counted AS (SELECT user, count(*) AS conversations FROM sides
                    WHERE hidden = 0 AND request = 0 AND unread > 0 GROUP BY user)
                SELECT 'unread conversations of user ' || u.user, u.conversations, coalesce(c.conversations, 0), u.user
                FROM unread u LEFT JOIN counted c ON c.user = u.user
                WHERE u.conversations <> coalesce(c.conversations, 0)",
        mend: "UPDATE unread SET conversations = ?2, version = version + 1 WHERE user = ?1",
    },
    Number {
        name: "requests of a user",
        wrong: "WITH counted AS (SELECT user, count(*) AS requests FROM sides s
                    WHERE hidden = 0 AND request = 1 AND EXISTS (SELECT 1 FROM messages m
                        WHERE m.conversation = s.conversation AND m.removed_at IS NULL)
                    GROUP BY user)
                SELECT 'requests of user ' || u.user, u.requests, coalesce(c.requests, 0), u.user
                FROM unread u LEFT JOIN counted c ON c.user = u.user WHERE u.requests <> coalesce(c.requests, 0)",
        mend: "UPDATE unread SET requests = ?2, version = version + 1 WHERE user = ?1",
    },
    Number {
        name: "order of conversations",
        wrong: "SELECT 'last activity of conversations', s.head, a.last, 0
                FROM streams s, (SELECT coalesce(max(activity), 0) AS last FROM sides) a
                WHERE s.name = 'conversations' AND s.head < a.last",
        mend: "UPDATE streams SET head = ?2 WHERE name = 'conversations' AND ?1 = 0",
    },
    Number {
        name: "unread notifications of a user",
        wrong: "WITH counted AS (SELECT n.user, count(*) AS notifications FROM notifications n
                    JOIN unread u ON u.user = n.user WHERE n.removed = 0 AND n.seq > u.notifications_read GROUP BY n.user)
                SELECT 'unread notifications of user ' || u.user, u.notifications, coalesce(c.notifications, 0), u.user
                FROM unread u LEFT JOIN counted c ON c.user = u.user
                WHERE u.notifications <> coalesce(c.notifications, 0)",
        mend: "UPDATE unread SET notifications = ?2, version = version + 1 WHERE user = ?1",
    },
    Number {
        name: "stream of a user's notifications",
        wrong: "WITH heads AS (SELECT user, max(changed_seq) AS head FROM notifications GROUP BY user)
                SELECT 'head of the notifications of user ' || u.user, u.notifications_seq, h.head, u.user
                FROM unread u JOIN heads h ON h.user = u.user WHERE u.notifications_seq < h.head",
        mend: "UPDATE unread SET notifications_seq = ?2 WHERE user = ?1",
    },
    Number {
        name: "people of a notification",
        // Of likes only the newest are kept by name.
        wrong: "WITH counted AS (SELECT notification, count(DISTINCT actor) AS actors FROM notification_acts GROUP BY notification)
                SELECT 'people of notification ' || n.id, n.count, coalesce(c.actors, 0), n.id
                FROM notifications n LEFT JOIN counted c ON c.notification = n.id
                WHERE n.removed = 0 AND n.kind <> 'like' AND n.count <> coalesce(c.actors, 0)",
        mend: "UPDATE notifications SET count = ?2 WHERE id = ?1",
    },
    Number {
        name: "stream of a user's conversations",
        wrong: "WITH heads AS (SELECT user, max(place) AS head FROM sides GROUP BY user)
                SELECT 'head of the conversations of user ' || u.user, u.conversations_seq, h.head, u.user
                FROM unread u JOIN heads h ON h.user = u.user WHERE u.conversations_seq < h.head",
        mend: "UPDATE unread SET conversations_seq = ?2 WHERE user = ?1",
    },
    Number {
        name: "cases of an inbox that wait",
        wrong: "WITH counted AS (SELECT inbox, count(*) AS cases FROM cases
                    WHERE status = 'open' AND waiting_since IS NOT NULL GROUP BY inbox)
                SELECT 'waiting cases of inbox ' || i.id, i.waiting, coalesce(c.cases, 0), i.id
                FROM inboxes i LEFT JOIN counted c ON c.inbox = i.id WHERE i.waiting <> coalesce(c.cases, 0)",
        mend: "UPDATE inboxes SET waiting = ?2, version = version + 1 WHERE id = ?1",
    },
    Number {
        name: "cases of an inbox that nobody has",
        wrong: "WITH counted AS (SELECT inbox, count(*) AS cases FROM cases
                    WHERE status = 'open' AND waiting_since IS NOT NULL AND assignee IS NULL GROUP BY inbox)
                SELECT 'unassigned cases of inbox ' || i.id, i.unassigned, coalesce(c.cases, 0), i.id
                FROM inboxes i LEFT JOIN counted c ON c.inbox = i.id WHERE i.unassigned <> coalesce(c.cases, 0)",
        mend: "UPDATE inboxes SET unassigned = ?2, version = version + 1 WHERE id = ?1",
    },
    Number {
        name: "stream of an inbox",
        wrong: "WITH heads AS (SELECT inbox, max(place) AS head FROM cases GROUP BY inbox)
                SELECT 'head of inbox ' || i.id, i.head, h.head, i.id
                FROM inboxes i JOIN heads h ON h.inbox = i.id WHERE i.head < h.head",
        mend: "UPDATE inboxes SET head = ?2 WHERE id = ?1",
    },
    Number {
        name: "notes of a case",
        wrong: "WITH heads AS (SELECT conversation, max(seq) AS head FROM notes GROUP BY conversation)
                SELECT 'head of the notes of case ' || k.conversation, k.notes_head, coalesce(h.head, 0), k.conversation
                FROM cases k LEFT JOIN heads h ON h.conversation = k.conversation
                WHERE k.notes_head <> coalesce(h.head, 0)",
        mend: "UPDATE cases SET notes_head = ?2 WHERE conversation = ?1",
    },
];

/// Rows that contradict themselves; there is no number that could be set right.
const CONTRADICTIONS: &[(&str, &str)] = &[
    ("SELECT id FROM posts WHERE seq > changed_seq", "post {} was changed before it was written"),
    ("SELECT id FROM comments WHERE seq > changed_seq", "comment {} was changed before it was written"),
    ("SELECT id FROM messages WHERE seq > changed_seq", "message {} was changed before it was written"),
    (
        "SELECT id FROM notifications WHERE seq > changed_seq",
        "notification {} was changed before it was written",
    ),
    (
        "SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation 
         WHERE m.agent IS NULL AND m.author NOT IN (c.one, c.other)",
        "message {} is by neither side of its conversation",
    ),
    (
        "SELECT m.id FROM messages m LEFT JOIN sms_queue q ON q.message = m.id
         WHERE m.delivery = 'queued' AND m.removed_at IS NULL AND q.message IS NULL",
        "text message {} waits to be sent, and nothing will send it",
    ),
    (
        "SELECT m.id FROM messages m JOIN cases k ON k.conversation = m.conversation
         JOIN phones p ON p.user = k.customer AND p.inbox <> k.inbox",
        "message {} is in a conversation of another inbox than its customer's number",
    ),
    (
        "SELECT c.id FROM comments c JOIN comments p ON p.id = c.parent WHERE p.post <> c.post",
        "comment {} answers a comment of another post",
    ),
    (
        "SELECT l.user FROM likes l JOIN withheld_likes w ON w.user = l.user AND w.post = l.post",
        "a like of user {} counts and is withheld",
    ),
];

/// Looks at everything, in one transaction, beside whoever writes.
pub fn check(database: &Path, progress: &dyn Fn(f64, &str)) -> Result<Findings, Trouble> {
    let mut db = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = || {
        let tx = db.transaction()?;
        let mut findings = structure(&tx, progress)?;
        for (number, share) in NUMBERS.iter().zip(shares()) {
            progress(share, number.name);
            findings.wrong.extend(list(&tx, number)?.iter().map(Wrong::in_words));
        }
        findings.wrong.extend(search::check(&tx)?);
        findings.wrong.extend(contradictions(&tx)?);
        findings.posts = posts(&tx)?;
        Ok(findings)
    };
    let found: rusqlite::Result<_> = { found }();
    found.map_err(|error| trouble::of_database(database, &error))
}

/// The same on a database that nobody else has open, and sets right what can be counted. What it cannot mend stays in
/// [`Findings::wrong`].
pub fn repair(database: &Path, progress: &dyn Fn(f64, &str)) -> Result<Findings, Trouble> {
    let mut db = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mended = || {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut findings = structure(&tx, progress)?;
        if !findings.wrong.is_empty() {
            // An index that differs from its table is made anew from it.
            tx.execute_batch("REINDEX")?;
            search::rebuild(&tx)?;
            let left = structure(&tx, &|_, _| {})?.wrong;
            findings.mended = findings.wrong.iter().filter(|wrong| !left.contains(wrong)).cloned().collect();
            findings.wrong = left;
        }
        for (number, share) in NUMBERS.iter().zip(shares()) {
            progress(share, number.name);
            for wrong in list(&tx, number)? {
                tx.execute(number.mend, [wrong.id, wrong.right])?;
                findings.mended.push(wrong.in_words());
            }
        }
        let missed = search::check(&tx)?;
        if !missed.is_empty() {
            search::rebuild(&tx)?;
            findings.mended.extend(missed);
        }
        findings.wrong.extend(contradictions(&tx)?);
        findings.posts = posts(&tx)?;
        tx.commit()?;
        Ok(findings)
    };
    let mended: rusqlite::Result<_> = { mended }();
    mended.map_err(|error| trouble::of_database(database, &error))
}

fn connect(database: &Path, mode: OpenFlags) -> Result<Connection, Trouble> {
    let opened =
        Connection::open_with_flags(database, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).and_then(|db| {
            db.busy_timeout(std::time::Duration::from_secs(5))?;
            db.pragma_update(None, "synchronous", "FULL")?;
            Ok(db)
        });
    let db = opened.map_err(|error| trouble::of_database(database, &error))?;
    open::is_current(&db).map_err(|why| Trouble(format!("{} {why}", database.display())))?;
    Ok(db)
}

/// The first half of the time goes into the file's structure.
fn shares() -> impl Iterator<Item = f64> {
    (0_u8..).map(|at| 0.5 + 0.5 * f64::from(at) / f64::from(u8::try_from(NUMBERS.len()).unwrap_or(u8::MAX)))
}

/// Every page, every index, every reference.
fn structure(db: &Connection, progress: &dyn Fn(f64, &str)) -> rusqlite::Result<Findings> {
    let mut wrong = Vec::new();
    progress(0.0, "every page");
    let mut pages = db.prepare("PRAGMA integrity_check")?;
    let rows = pages.query_map([], |row| row.get::<_, String>(0))?;
    for row in rows {
        let said = row?;
        if said != "ok" {
            wrong.push(said);
        }
    }
    progress(0.4, "every reference");
    let mut references = db.prepare("PRAGMA foreign_key_check")?;
    let rows = references.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!("a row of {table} points to a row of {parent} that is not there"))
    })?;
    for row in rows {
        wrong.push(row?);
    }
    Ok(Findings { wrong, ..Findings::default() })
}

/// A number that is not what the rows say.
struct Wrong {
    name: String,
    kept: i64,
    right: i64,
    id: i64,
}

impl Wrong {
    fn in_words(&self) -> String {
        format!("{}: {} is kept, {} is right", self.name, self.kept, self.right)
    }
}

fn list(db: &Connection, number: &Number) -> rusqlite::Result<Vec<Wrong>> {
    let wrong = |row: &Row<'_>| {
        Ok(Wrong { name: row.get(0)?, kept: row.get(1)?, right: row.get(2)?, id: row.get(3)? })
    };
    db.prepare(number.wrong)?.query_map([], wrong)?.collect()
}

fn contradictions(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for (sql, words) in CONTRADICTIONS {
        let mut rows = db.prepare(sql)?;
        let ids = rows.query_map([], |row| row.get::<_, i64>(0))?;
        for id in ids {
            found.push(words.replace("{}", &id?.to_string()));
        }
    }
    Ok(found)
}

fn posts(db: &Connection) -> rusqlite::Result<u64> {
    db.query_row("SELECT count(*) FROM posts", [], |row| row.get(0))
}
