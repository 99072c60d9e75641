-- A message can be reported, too. Of `post`, `comment` and `message` those are 0 that a report is not about: a post's has
-- its post, a comment's its post and itself, a message's itself. So one unique index holds for all three.
CREATE TABLE reports_of_all (
    id       INTEGER PRIMARY KEY,
    post     INTEGER NOT NULL DEFAULT 0,
    comment  INTEGER NOT NULL DEFAULT 0,
    message  INTEGER NOT NULL DEFAULT 0,
    reporter INTEGER NOT NULL REFERENCES users (id),
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    CHECK ((post = 0) <> (message = 0))
) STRICT;

INSERT INTO reports_of_all (id, post, comment, reporter, reason, at)
    SELECT id, post, comment, reporter, reason, at FROM reports;
DROP TABLE reports;
ALTER TABLE reports_of_all RENAME TO reports;

CREATE UNIQUE INDEX reports_by_reporter ON reports (reporter, post, comment, message);
-- The queue counts a subject's reports and asks whether one is the latest (the id is each entry's end); a subject that
-- is removed or decided takes them along.
CREATE INDEX reports_by_subject ON reports (post, comment, message);
