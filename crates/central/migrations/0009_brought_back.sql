-- This store was brought back from a backup, and hasn't heard this clinic's desk out
-- since: what it believes was told may be put right by what the desk says stands.
ALTER TABLE mirror ADD COLUMN brought_back INTEGER NOT NULL DEFAULT 0 CHECK (brought_back IN (0, 1));
