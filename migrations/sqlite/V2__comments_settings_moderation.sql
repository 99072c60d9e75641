-- Comments, what members decide of themselves, and what moderators and leaving members need.

-- `suspended_at`: a moderator keeps the member out; it has no session, and its likes stand in withheld_likes.
-- `erased_at`: the account is deleted. The row has lost its handle, name, bio and password by then, and goes as soon
-- as nothing points to it. What it wrote stays as tombstones, which others' streams need, and they keep the row.
ALTER TABLE users ADD COLUMN shows_viewing INTEGER NOT NULL DEFAULT 1 CHECK (shows_viewing IN (0, 1));
ALTER TABLE users ADD COLUMN moderator     INTEGER NOT NULL DEFAULT 0 CHECK (moderator IN (0, 1));
ALTER TABLE users ADD COLUMN suspended_at  INTEGER;
ALTER TABLE users ADD COLUMN erased_at     INTEGER
    CHECK (erased_at IS NULL OR handle IS NULL AND password_hash IS NULL);

-- An author's posts that are there, newest first (the id is each entry's end), without reading tombstones: for the
-- profile, and for erasing an account slice by slice. Also what the foreign key asks when a user is deleted.
DROP INDEX posts_by_author;
CREATE INDEX posts_by_author ON posts (author, removed_at);

-- A removed comment stays as a tombstone without its text, so ids are never reused without AUTOINCREMENT, and a parent
-- never goes. `seq` is the place of its creation in the post's comments, `changed_seq` that of its last change there.
-- `first_hash`: of a comment with a key that was edited, the SHA-256 of the text as first written: a retry that comes
-- late is still told from another text under the same key, and the text itself is gone.
CREATE TABLE comments (
    id          INTEGER PRIMARY KEY,
    post        INTEGER NOT NULL REFERENCES posts (id),
    parent      INTEGER REFERENCES comments (id),
    author      INTEGER NOT NULL REFERENCES users (id),
    text        TEXT    NOT NULL,
    key         TEXT,
    first_hash  BLOB    CHECK (first_hash IS NULL OR length(first_hash) = 32),
    created_at  INTEGER NOT NULL,
    edited_at   INTEGER,
    removed_at  INTEGER,
    seq         INTEGER NOT NULL,
    changed_seq INTEGER NOT NULL,
    CHECK (removed_at IS NULL OR text = '' AND first_hash IS NULL)
) STRICT;

-- Resuming: the comments of a post that changed last, tombstones too.
CREATE UNIQUE INDEX comments_by_change ON comments (post, changed_seq);
-- Listing, both ways, and a removed post's clearing: what is there, without reading tombstones.
CREATE UNIQUE INDEX comments_by_seq ON comments (post, seq) WHERE removed_at IS NULL;
-- A retry finds what its key has made.
CREATE UNIQUE INDEX comments_by_key ON comments (author, key) WHERE key IS NOT NULL;
-- What is left of an account to erase; also what the foreign key and the sweep ask before a user is deleted.
CREATE INDEX comments_by_author ON comments (author, removed_at);

-- The likes of suspended members, as they stood in `likes`: there they would count. They keep their `place`, so let in
-- again they stand in the list where they stood; a place is a version of the post and is never given twice.
CREATE TABLE withheld_likes (
    user  INTEGER NOT NULL REFERENCES users (id),
    post  INTEGER NOT NULL REFERENCES posts (id),
    at    INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (user, post)
) STRICT, WITHOUT ROWID;

-- They go with their post.
CREATE INDEX withheld_likes_by_post ON withheld_likes (post);

-- Open reports; a decided one is deleted. `comment` is 0 where the post itself is reported, so that the unique index
-- holds for posts too: it has one report of each subject and reporter, and finds those of an account to erase.
CREATE TABLE reports (
    id       INTEGER PRIMARY KEY,
    post     INTEGER NOT NULL REFERENCES posts (id),
    comment  INTEGER NOT NULL DEFAULT 0,
    reporter INTEGER NOT NULL REFERENCES users (id),
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX reports_by_reporter ON reports (reporter, post, comment);
-- The queue counts a subject's reports and asks whether one is the latest (the id is each entry's end); a subject that
-- is removed or decided takes them along.
CREATE INDEX reports_by_subject ON reports (post, comment);

-- What was decided in one small transaction and takes many more to carry out: a removed post's likes, comments and
-- reports; all that an erased account did; the likes of a member who is suspended or let in again. The last of these
-- transactions deletes the row; after a crash the sweep goes on from it.
CREATE TABLE unfinished (
    what TEXT    NOT NULL CHECK (what IN ('removal', 'erasure', 'suspension', 'return')),
    id   INTEGER NOT NULL,
    PRIMARY KEY (what, id)
) STRICT, WITHOUT ROWID;
