-- Inboxes: a team's shared mailbox is a user of its own, and what is written to it is a conversation; its agents see it
-- as a case.

-- Two more kinds of users. A table's rules can only be changed in its text; no row is touched.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(replace(sql,
    '(''guest'', ''member'')', '(''guest'', ''member'', ''inbox'', ''customer'')'),
    '(kind = ''member'') =', '(kind IN (''member'', ''inbox'')) =')
WHERE type = 'table' AND name = 'users';
PRAGMA writable_schema = RESET;

-- `id` is that of its user. `head` is the last place in the stream of its cases. `waiting` counts the open cases that wait
-- for an answer, `unassigned` those of them that nobody has; `version` grows with both.
CREATE TABLE inboxes (
    id          INTEGER PRIMARY KEY REFERENCES users (id),
    greeting    TEXT    NOT NULL DEFAULT '',
    show_agents INTEGER NOT NULL DEFAULT 1 CHECK (show_agents IN (0, 1)),
    head        INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1,
    waiting     INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    unassigned  INTEGER NOT NULL DEFAULT 0 CHECK (unassigned >= 0)
) STRICT;

CREATE TABLE agents (
    inbox INTEGER NOT NULL REFERENCES inboxes (id),
    user  INTEGER NOT NULL REFERENCES users (id),
    role  TEXT    NOT NULL CHECK (role IN ('admin', 'agent')),
    PRIMARY KEY (inbox, user)
) STRICT, WITHOUT ROWID;

-- A member's inboxes.
CREATE INDEX agents_by_user ON agents (user, inbox);

-- A conversation of an inbox as its agents see it. `waiting_since` is when the customer said the first thing that nobody
-- has answered. `place` is its last change in the inbox's stream; `activity` numbers messages over all conversations: it
-- orders lists and is their cursor. `notes_head` is the last place among its notes.
CREATE TABLE cases (
    conversation  INTEGER PRIMARY KEY REFERENCES conversations (id),
    inbox         INTEGER NOT NULL REFERENCES inboxes (id),
    customer      INTEGER NOT NULL REFERENCES users (id),
    waiting_since INTEGER,
    status        TEXT    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'snoozed', 'closed')),
    until         INTEGER CHECK ((until IS NOT NULL) = (status = 'snoozed')),
    assignee      INTEGER REFERENCES users (id),
    notes_head    INTEGER NOT NULL DEFAULT 0,
    place         INTEGER NOT NULL,
    activity      INTEGER NOT NULL
) STRICT;

-- Resuming: the cases of an inbox that changed last.
CREATE UNIQUE INDEX cases_by_place ON cases (inbox, place);
-- An inbox's list, newest activity first: all, those of one status, and those of an agent.
CREATE UNIQUE INDEX cases_by_activity ON cases (inbox, activity);
CREATE INDEX cases_by_status ON cases (inbox, status, activity);
CREATE INDEX cases_by_assignee ON cases (inbox, assignee, activity);
-- Those that wait, and how many.
CREATE INDEX cases_waiting ON cases (inbox, activity) WHERE waiting_since IS NOT NULL AND status = 'open';
-- What is to wake up.
CREATE INDEX cases_snoozed ON cases (until) WHERE until IS NOT NULL;
-- They lose their assignee when that one goes.
CREATE INDEX cases_assigned ON cases (assignee) WHERE assignee IS NOT NULL;
CREATE INDEX cases_by_customer ON cases (customer);

-- How far an agent has read a case.
CREATE TABLE case_reads (
    conversation INTEGER NOT NULL REFERENCES cases (conversation),
    agent        INTEGER NOT NULL REFERENCES users (id),
    read         INTEGER NOT NULL,
    PRIMARY KEY (conversation, agent)
) STRICT, WITHOUT ROWID;

CREATE INDEX case_reads_by_agent ON case_reads (agent);

-- What the agents say among themselves of a case, and what became of it. `from_` and `to_` are handles or statuses. No
-- query that answers a customer reads this table.
CREATE TABLE notes (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES cases (conversation),
    author       INTEGER REFERENCES users (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('note', 'assigned', 'status', 'sent')),
    text         TEXT    NOT NULL DEFAULT '',
    from_        TEXT,
    to_          TEXT,
    message      INTEGER REFERENCES messages (id),
    key          TEXT,
    at           INTEGER NOT NULL,
    seq          INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX notes_by_seq ON notes (conversation, seq);
-- A retry finds what its key has made.
CREATE UNIQUE INDEX notes_by_key ON notes (author, key) WHERE key IS NOT NULL;
CREATE INDEX notes_by_author ON notes (author);
CREATE INDEX notes_by_message ON notes (message) WHERE message IS NOT NULL;

-- Texts that an inbox's agents have ready.
CREATE TABLE replies (
    id       INTEGER PRIMARY KEY,
    inbox    INTEGER NOT NULL REFERENCES inboxes (id),
    shortcut TEXT    NOT NULL,
    text     TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX replies_by_shortcut ON replies (inbox, shortcut);

-- The agent who wrote a message of an inbox; the author is that agent or the inbox.
ALTER TABLE messages ADD COLUMN agent INTEGER REFERENCES users (id);

CREATE INDEX messages_by_agent ON messages (agent, removed_at) WHERE agent IS NOT NULL;
-- A key is its writer's, whoever stands there as the author.
DROP INDEX messages_by_key;
CREATE UNIQUE INDEX messages_by_key ON messages (coalesce(agent, author), key);
