-- How long an inbox keeps what was said, and what is left of a customer with a number who was erased.

-- None: for ever. `kept_messages` and `kept_notes` are the last ids up to which all that is older is gone.
ALTER TABLE inboxes ADD COLUMN retention_days INTEGER CHECK (retention_days BETWEEN 1 AND 36500);
ALTER TABLE inboxes ADD COLUMN kept_messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inboxes ADD COLUMN kept_notes INTEGER NOT NULL DEFAULT 0;

-- A number can be gone: while its customer is being erased.
CREATE TABLE erasable_phones (
    user      INTEGER PRIMARY KEY REFERENCES users (id),
    inbox     INTEGER NOT NULL REFERENCES inboxes (id),
    number    TEXT,
    opted_out INTEGER NOT NULL DEFAULT 0 CHECK (opted_out IN (0, 1))
) STRICT;

INSERT INTO erasable_phones SELECT user, inbox, number, opted_out FROM phones;
DROP TABLE phones;
ALTER TABLE erasable_phones RENAME TO phones;

-- One customer for each number of an inbox, however many texts come at once.
CREATE UNIQUE INDEX phones_by_number ON phones (inbox, number);

-- What the providers are to erase.
CREATE TABLE sms_redactions (
    provider TEXT    NOT NULL,
    remote   TEXT    NOT NULL,
    inbox    INTEGER NOT NULL REFERENCES inboxes (id),
    try_at   INTEGER NOT NULL,
    PRIMARY KEY (provider, remote)
) STRICT, WITHOUT ROWID;

CREATE INDEX sms_redactions_due ON sms_redactions (try_at);

-- Of an erased number whose owner wanted no more texts only this is kept: its HMAC with the key below.
CREATE TABLE sms_opt_outs (
    inbox INTEGER NOT NULL REFERENCES inboxes (id),
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (inbox, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE sms_key (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB    NOT NULL CHECK (length(key) = 32)
) STRICT;

INSERT INTO sms_key (id, key) VALUES (1, randomblob(32));
