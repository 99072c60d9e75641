-- Who waits, longest first. `asked` is the message since which a customer waits: ids grow as messages come in, so it orders
-- the list and is its cursor.
ALTER TABLE cases ADD COLUMN asked INTEGER;

UPDATE cases SET asked = (
    SELECT id FROM messages m WHERE m.conversation = cases.conversation AND m.removed_at IS NULL
        AND m.seq > coalesce((SELECT seq FROM messages WHERE conversation = cases.conversation AND removed_at IS NULL
            AND agent IS NOT NULL ORDER BY seq DESC LIMIT 1), 0)
    ORDER BY m.seq LIMIT 1);

CREATE INDEX cases_by_wait ON cases (inbox, asked) WHERE waiting_since IS NOT NULL AND status = 'open';
