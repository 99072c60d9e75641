-- A post can be edited for a while. What its key was first sent with stays known, so that a retry finds the post.
ALTER TABLE posts ADD COLUMN edited_at INTEGER;
ALTER TABLE posts ADD COLUMN first_hash BLOB CHECK (first_hash IS NULL OR length(first_hash) = 32);
