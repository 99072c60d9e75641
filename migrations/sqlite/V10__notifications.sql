-- Notifications: what others did that concerns a member, in groups; and what is needed to tell likes once a second.

-- A group: one kind, one subject (`post`, of an answer and of a mention in a comment also `comment`), `count` different
-- people. It grows until it was read or is a day old. `seq` is the place of its latest act in the stream of its user,
-- `changed_seq` that of its latest change. A removed one stays as a tombstone, for those who missed that. A group of likes
-- holds those with a place in (likes_from, likes_upto].
CREATE TABLE notifications (
    id          INTEGER PRIMARY KEY,
    user        INTEGER NOT NULL REFERENCES users (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('like', 'comment', 'answer', 'mention', 'removal')),
    post        INTEGER REFERENCES posts (id),
    comment     INTEGER REFERENCES comments (id),
    count       INTEGER NOT NULL CHECK (count >= 0),
    opened_at   INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    changed_seq INTEGER NOT NULL,
    removed     INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    likes_from  INTEGER NOT NULL DEFAULT 0,
    likes_upto  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Resuming: the groups of a member that changed last, tombstones too.
CREATE UNIQUE INDEX notifications_by_change ON notifications (user, changed_seq);
-- A member's list, newest first, and what of it is unread.
CREATE UNIQUE INDEX notifications_by_seq ON notifications (user, seq) WHERE removed = 0;
-- The group that is open, the group that a like is in, and all that a removed post takes along.
CREATE INDEX notifications_by_post ON notifications (post, kind, user, likes_upto) WHERE removed = 0;
-- What a removed comment was the subject of.
CREATE INDEX notifications_by_comment ON notifications (comment) WHERE removed = 0;

-- Who did it, the latest act last; of likes the newest three only. `comment` is what was said.
CREATE TABLE notification_acts (
    id           INTEGER PRIMARY KEY,
    notification INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    actor        INTEGER NOT NULL REFERENCES users (id),
    comment      INTEGER REFERENCES comments (id)
) STRICT;

CREATE INDEX notification_acts_in_order ON notification_acts (notification);
-- Whether somebody is in a group already.
CREATE INDEX notification_acts_by_notification ON notification_acts (notification, actor);
-- They leave with an account.
CREATE INDEX notification_acts_by_actor ON notification_acts (actor);
-- They leave with what was said.
CREATE INDEX notification_acts_by_comment ON notification_acts (comment) WHERE comment IS NOT NULL;

-- Posts with likes that nobody was told of yet: those with a place above `since`. Written in the transaction of the likes.
CREATE TABLE untold_likes (
    post  INTEGER PRIMARY KEY REFERENCES posts (id),
    since INTEGER NOT NULL
) STRICT;

-- Likes that stand and were not told: of those blocked, and of who has liked the same post in the last day already.
CREATE TABLE quiet_likes (
    post INTEGER NOT NULL REFERENCES posts (id),
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (post, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX quiet_likes_by_user ON quiet_likes (user);

-- Likes that were told and taken back since the last time: `place` and `at` are what they had.
CREATE TABLE left_likes (
    post  INTEGER NOT NULL REFERENCES posts (id),
    user  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (post, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX left_likes_by_user ON left_likes (user);

-- Likes that were told and taken back since, for a day: `at` is when it was liked.
CREATE TABLE told_likes (
    post INTEGER NOT NULL REFERENCES posts (id),
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at   INTEGER NOT NULL,
    PRIMARY KEY (post, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX told_likes_by_user ON told_likes (user);
CREATE INDEX told_likes_by_time ON told_likes (at);

-- Posts of which a member wants to hear nothing.
CREATE TABLE mutes (
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    post INTEGER NOT NULL REFERENCES posts (id),
    PRIMARY KEY (user, post)
) STRICT, WITHOUT ROWID;

CREATE INDEX mutes_by_post ON mutes (post);

-- Members whose name begins so. Their handles have an index of their own.
CREATE INDEX members_by_name ON users (name COLLATE NOCASE) WHERE kind = 'member';
