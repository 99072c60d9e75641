-- Text messages to and from telephones: whose number it is, what the provider calls a message, and what waits to be sent.

-- What became of a text message to a telephone; null of every other message. `delivery_at` is when it came to be so.
ALTER TABLE messages ADD COLUMN delivery TEXT
    CHECK (delivery IN ('queued', 'unsure', 'sent', 'delivered', 'failed'));
ALTER TABLE messages ADD COLUMN delivery_at INTEGER;
ALTER TABLE messages ADD COLUMN delivery_reason TEXT;

-- A customer of an inbox who has a number. A sender may be a short code or a word; such a one can't be answered.
CREATE TABLE phones (
    user      INTEGER PRIMARY KEY REFERENCES users (id),
    inbox     INTEGER NOT NULL REFERENCES inboxes (id),
    number    TEXT    NOT NULL,
    opted_out INTEGER NOT NULL DEFAULT 0 CHECK (opted_out IN (0, 1))
) STRICT;

-- One customer for each number of an inbox, however many texts come at once.
CREATE UNIQUE INDEX phones_by_number ON phones (inbox, number);

-- A message that came or went as a text message. `attempt` counts how often an agent has let it be sent; 0: it came in.
-- `remote` is what the provider calls it: none until it has accepted it. The row stays when the message is erased, so that a
-- repeated delivery does not bring it back.
CREATE TABLE sms (
    message  INTEGER NOT NULL REFERENCES messages (id),
    attempt  INTEGER NOT NULL,
    provider TEXT,
    remote   TEXT,
    PRIMARY KEY (message, attempt),
    CHECK ((provider IS NULL) = (remote IS NULL))
) STRICT, WITHOUT ROWID;

-- One message for each id that a provider has given, whatever is repeated.
CREATE UNIQUE INDEX sms_by_remote ON sms (provider, remote) WHERE remote IS NOT NULL;

-- What is to be sent. `since` is when it was written or an agent asked for it again, `try_at` when it is tried next, `tries`
-- how often that was. `begun`: the provider is being asked, or was when the process ended.
CREATE TABLE sms_queue (
    message  INTEGER PRIMARY KEY REFERENCES messages (id),
    inbox    INTEGER NOT NULL REFERENCES inboxes (id),
    customer INTEGER NOT NULL REFERENCES users (id),
    since    INTEGER NOT NULL,
    try_at   INTEGER NOT NULL,
    tries    INTEGER NOT NULL DEFAULT 0,
    begun    INTEGER NOT NULL DEFAULT 0 CHECK (begun IN (0, 1))
) STRICT;

-- The oldest of each customer goes first.
CREATE UNIQUE INDEX sms_queue_by_customer ON sms_queue (customer, message);
-- What is due.
CREATE INDEX sms_queue_due ON sms_queue (try_at) WHERE begun = 0;
-- What was under way when the process ended.
CREATE INDEX sms_queue_begun ON sms_queue (begun) WHERE begun = 1;
CREATE INDEX sms_queue_by_inbox ON sms_queue (inbox);

-- The numbers that this site has sent from and received at: what came before the set-up is nobody's here.
CREATE TABLE sms_numbers (
    inbox    INTEGER NOT NULL REFERENCES inboxes (id),
    provider TEXT    NOT NULL,
    number   TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (inbox, provider, number)
) STRICT, WITHOUT ROWID;
