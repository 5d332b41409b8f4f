-- How online requests are answered, and where the log says how they were.

ALTER TABLE clinic ADD COLUMN online_asks_staff INTEGER NOT NULL DEFAULT 0 CHECK (online_asks_staff IN (0, 1));
ALTER TABLE clinic ADD COLUMN online_limit_minutes INTEGER NOT NULL DEFAULT 240
    CHECK (online_limit_minutes BETWEEN 5 AND 2880);

-- The verdicts of the log, the latest first: the second byte of a body's
-- canonical form is its kind. What is kept in `verdict` is forgotten once
-- nobody can ask for it; a ledger is read for years.
CREATE INDEX log_of_verdicts ON log (seq) WHERE substr(public, 2, 1) = x'08';
