-- Likes are written far more often than read, and every index of theirs is a page to write. With the user first the
-- primary key also answers what a user likes and what holds a guest, which took an index of its own.
CREATE TABLE likes_by_user_first (
    user  INTEGER NOT NULL REFERENCES users (id),
    post  INTEGER NOT NULL REFERENCES posts (id),
    at    INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (user, post)
) STRICT, WITHOUT ROWID;

INSERT INTO likes_by_user_first (user, post, at, place) SELECT user, post, at, place FROM likes;

DROP TABLE likes;

ALTER TABLE likes_by_user_first RENAME TO likes;

-- The likers of a post, newest first, and what a removed post leaves to clear away.
CREATE UNIQUE INDEX likes_by_place ON likes (post, place);
