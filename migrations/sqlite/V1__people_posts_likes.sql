-- People, their sessions, posts, likes, and the streams that number what happens.
-- Times are milliseconds since the Unix epoch, UTC. The first rows (epoch, system user, welcome post) need the
-- caller's clock and randomness, so `open` adds them right after this.

-- One row. `epoch` names the lineage of this database; `checks` is what a readiness check moves, because only a
-- write that reaches the disk shows that writing works.
CREATE TABLE meta (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    epoch  TEXT    NOT NULL,
    checks INTEGER NOT NULL DEFAULT 0
) STRICT;

-- AUTOINCREMENT, here and in sessions: rows are deleted, and an id must not come back as somebody else.
CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    handle        TEXT    UNIQUE,
    name          TEXT    NOT NULL,
    bio           TEXT    NOT NULL DEFAULT '',
    kind          TEXT    NOT NULL CHECK (kind IN ('guest', 'member')),
    password_hash TEXT,
    created_at    INTEGER NOT NULL,
    CHECK ((kind = 'member') = (handle IS NOT NULL))
) STRICT;

-- The sweep looks for old guests among all users.
CREATE INDEX users_guests ON users (created_at) WHERE kind = 'guest';

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user       INTEGER NOT NULL REFERENCES users (id),
    token_hash BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user);

-- A removed post stays as a tombstone without its text, so ids are never reused without AUTOINCREMENT.
-- `seq` is the place of its creation in feed:latest, `changed_seq` that of its last change there.
CREATE TABLE posts (
    id           INTEGER PRIMARY KEY,
    author       INTEGER NOT NULL REFERENCES users (id),
    text         TEXT    NOT NULL,
    key          TEXT,
    created_at   INTEGER NOT NULL,
    likes        INTEGER NOT NULL DEFAULT 0 CHECK (likes >= 0),
    comments     INTEGER NOT NULL DEFAULT 0 CHECK (comments >= 0),
    version      INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    seq          INTEGER NOT NULL,
    changed_seq  INTEGER NOT NULL UNIQUE,
    comments_seq INTEGER NOT NULL DEFAULT 0,
    removed_at   INTEGER,
    CHECK (removed_at IS NULL OR text = '')
) STRICT;

CREATE INDEX posts_by_author ON posts (author, id);
CREATE UNIQUE INDEX posts_by_key ON posts (author, key) WHERE key IS NOT NULL;

-- `place` is the post's version that this like made: unique per post and rising, so it orders the likers and is a
-- cursor that stays true while others like and unlike.
CREATE TABLE likes (
    post  INTEGER NOT NULL REFERENCES posts (id),
    user  INTEGER NOT NULL REFERENCES users (id),
    at    INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (post, user)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX likes_by_place ON likes (post, place);

-- Costs one more entry per like. Without it every guest that the sweep looks at, and the foreign key's own check
-- when it deletes one, would read all likes of the site on the only writer.
CREATE INDEX likes_by_user ON likes (user);

-- The last seq that each stream gave out.
CREATE TABLE streams (
    name TEXT    PRIMARY KEY,
    head INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO streams (name, head) VALUES ('feed:latest', 0);
