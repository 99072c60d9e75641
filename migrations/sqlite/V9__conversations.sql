-- Conversations of two: one for each pair, for ever; what each side sees of it; and what is said in it.

-- `one` is the smaller id, so that a pair is found whoever begins. `head` is the seq of the last change of its messages.
CREATE TABLE conversations (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('direct', 'inbox')),
    one        INTEGER NOT NULL REFERENCES users (id),
    other      INTEGER NOT NULL REFERENCES users (id),
    head       INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL,
    CHECK (one < other)
) STRICT;

CREATE UNIQUE INDEX conversations_by_pair ON conversations (one, other);
-- What the foreign key asks when a user is deleted.
CREATE INDEX conversations_by_other ON conversations (other);

-- A conversation as one of its two users sees it. `unread` counts messages of the other side behind `read`. `request`
-- until the user has answered or accepted; `hidden` until the next message. `place` is its last change in the user's
-- stream `conversations`. `activity` numbers messages over all conversations: it orders lists and is their cursor.
CREATE TABLE sides (
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    user         INTEGER NOT NULL REFERENCES users (id),
    read         INTEGER NOT NULL DEFAULT 0,
    unread       INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),
    request      INTEGER NOT NULL DEFAULT 0 CHECK (request IN (0, 1)),
    hidden       INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    place        INTEGER NOT NULL,
    activity     INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;

-- Resuming: the conversations of a user that changed last.
CREATE UNIQUE INDEX sides_by_place ON sides (user, place);
-- A user's list, newest activity first, with requests apart.
CREATE UNIQUE INDEX sides_by_activity ON sides (user, request, activity) WHERE hidden = 0;

INSERT INTO streams (name, head) VALUES ('conversations', 0);

-- A removed message stays as a tombstone without its text, as a comment does; the columns mean the same.
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    author       INTEGER NOT NULL REFERENCES users (id),
    text         TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    first_hash   BLOB    CHECK (first_hash IS NULL OR length(first_hash) = 32),
    created_at   INTEGER NOT NULL,
    edited_at    INTEGER,
    removed_at   INTEGER,
    seq          INTEGER NOT NULL,
    changed_seq  INTEGER NOT NULL,
    CHECK (removed_at IS NULL OR text = '' AND first_hash IS NULL)
) STRICT;

-- Resuming: the messages of a conversation that changed last, tombstones too.
CREATE UNIQUE INDEX messages_by_change ON messages (conversation, changed_seq);
-- Listing, both ways, the newest one, and counting what is unread.
CREATE UNIQUE INDEX messages_by_seq ON messages (conversation, seq) WHERE removed_at IS NULL;
-- A retry finds what its key has made.
CREATE UNIQUE INDEX messages_by_key ON messages (author, key);
-- What is left of an account to erase; also what the foreign key asks before a user is deleted.
CREATE INDEX messages_by_author ON messages (author, removed_at);
