-- What agents search: messages, notes and names of customers, as words. A row's id is its conversation's id times 2^24,
-- and within that twice the place of a message, twice the place of a note and one, or 0 for the customer's names. The
-- table keeps no texts; what is deleted leaves no words behind.
CREATE VIRTUAL TABLE search USING fts5 (
    text,
    content = '',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'"
);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

-- The customer's names as they stand in the index.
ALTER TABLE cases ADD COLUMN names TEXT NOT NULL DEFAULT '';

UPDATE cases SET names = (
    SELECT CASE WHEN erased_at IS NULL THEN name || ' ' || coalesce(handle, '') ELSE '' END
    FROM users WHERE id = cases.customer);

INSERT INTO search (rowid, text)
SELECT m.conversation * 16777216 + m.seq * 2, searchable(m.text)
FROM messages m CROSS JOIN cases k ON k.conversation = m.conversation
WHERE m.removed_at IS NULL AND m.seq * 2 < 16777216
UNION ALL SELECT conversation * 16777216 + seq * 2 + 1, searchable(text) FROM notes
WHERE text <> '' AND seq * 2 + 1 < 16777216
UNION ALL SELECT conversation * 16777216, searchable(names) FROM cases WHERE names <> '';
