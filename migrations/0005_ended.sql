-- Requests that ended at central and were never sent here: taken back by the
-- patient, or their time came. Kept for people to read; central says them again in
-- each session for some weeks, and the log knows nothing of them.

CREATE TABLE ended (
    proposal BLOB PRIMARY KEY CHECK (length(proposal) = 16),
    -- By central's clock, milliseconds since 1970 in UTC.
    at_ms INTEGER NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('withdrawn', 'expired')),
    -- The fixed bytes that would have been proposed.
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ended_by_time ON ended (at_ms);
