-- What concerns a member: its numbers of what is unread, whom it blocks, what it wants to hear of.

ALTER TABLE users ADD COLUMN notify_like    INTEGER NOT NULL DEFAULT 1 CHECK (notify_like IN (0, 1));
ALTER TABLE users ADD COLUMN notify_comment INTEGER NOT NULL DEFAULT 1 CHECK (notify_comment IN (0, 1));
ALTER TABLE users ADD COLUMN notify_answer  INTEGER NOT NULL DEFAULT 1 CHECK (notify_answer IN (0, 1));
ALTER TABLE users ADD COLUMN notify_mention INTEGER NOT NULL DEFAULT 1 CHECK (notify_mention IN (0, 1));
ALTER TABLE users ADD COLUMN messages_from  TEXT    NOT NULL DEFAULT 'everyone'
    CHECK (messages_from IN ('everyone', 'nobody'));
ALTER TABLE users ADD COLUMN receipts       INTEGER NOT NULL DEFAULT 1 CHECK (receipts IN (0, 1));

-- One row of a user, made with the first thing that concerns it. `version` grows with every change of the three numbers.
-- The two heads are the last places of its streams `conversations` and `notifications`; `notifications_read` is its
-- position in the latter. A number is the sum of rows, and changes in the transaction that changes them.
CREATE TABLE unread (
    user               INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    version            INTEGER NOT NULL DEFAULT 1,
    conversations      INTEGER NOT NULL DEFAULT 0 CHECK (conversations >= 0),
    requests           INTEGER NOT NULL DEFAULT 0 CHECK (requests >= 0),
    notifications      INTEGER NOT NULL DEFAULT 0 CHECK (notifications >= 0),
    conversations_seq  INTEGER NOT NULL DEFAULT 0,
    notifications_seq  INTEGER NOT NULL DEFAULT 0,
    notifications_read INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Who wants to hear nothing of whom. `id` orders a member's list.
CREATE TABLE blocks (
    id      INTEGER PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blocked INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    CHECK (user <> blocked)
) STRICT;

-- Whether one blocks the other; a member's list (the id is each entry's end).
CREATE UNIQUE INDEX blocks_by_pair ON blocks (user, blocked);
CREATE INDEX blocks_by_user ON blocks (user);
-- They go with an account.
CREATE INDEX blocks_by_blocked ON blocks (blocked);
