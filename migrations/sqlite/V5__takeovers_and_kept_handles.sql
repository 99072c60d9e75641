-- What logging in takes over from a guest, and the handles of accounts that were deleted.

-- One more kind of work: all that a guest did becomes the member's in `target` who logged in with its browser.
CREATE TABLE unfinished_with_target (
    what   TEXT NOT NULL CHECK (what IN ('removal', 'erasure', 'suspension', 'return', 'takeover')),
    id     INTEGER NOT NULL,
    target INTEGER CHECK ((what = 'takeover') = (target IS NOT NULL)),
    PRIMARY KEY (what, id)
) STRICT, WITHOUT ROWID;

INSERT INTO unfinished_with_target (what, id) SELECT what, id FROM unfinished;

DROP TABLE unfinished;

ALTER TABLE unfinished_with_target RENAME TO unfinished;

-- Until then nobody signs up with the handle of a deleted account. Only its SHA-256 is kept: the account is gone.
CREATE TABLE kept_handles (
    hash  BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The sweep forgets those that are free again.
CREATE INDEX kept_handles_by_end ON kept_handles (until);
