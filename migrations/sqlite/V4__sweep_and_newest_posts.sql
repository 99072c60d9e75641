-- What the sweep and the newest posts are found by, however much else there is.

-- The sweep finds sessions that are over: by their end, and by their last visit.
CREATE INDEX sessions_by_end ON sessions (ends_at);
CREATE INDEX sessions_by_visit ON sessions (seen_at);

-- The newest posts that are there, without reading the tombstones above them.
CREATE INDEX posts_present ON posts (id) WHERE removed_at IS NULL;

-- Guests who lost a session, or lost a like while they had no session: the sweep looks once whether anything holds them
-- still. Without it every sweep would look at every guest.
CREATE TABLE guests_to_check (
    user INTEGER PRIMARY KEY
) STRICT;

INSERT INTO guests_to_check (user)
SELECT id FROM users
WHERE kind = 'guest' AND erased_at IS NULL AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user = users.id);

-- The sweep looked for old guests among all users.
DROP INDEX users_guests;
