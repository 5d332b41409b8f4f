-- Whether a write reaches the disk can only be told by making one: readiness
-- counts this up.

ALTER TABLE central ADD COLUMN pulse INTEGER NOT NULL DEFAULT 0;
