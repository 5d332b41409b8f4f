-- What goes out to patients, and whether a clinic is called just now. A mail is
-- a row written in the transaction of the state it speaks of; the breaker is
-- one state for all processes.

CREATE TABLE mail (
    booking BLOB NOT NULL REFERENCES booking (id),
    sequence INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    gist BLOB NOT NULL CHECK (length(gist) = 32),
    by_clinic INTEGER NOT NULL CHECK (by_clinic IN (0, 1)),
    written_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    tried_ms INTEGER NOT NULL DEFAULT 0,
    -- When it is looked at next; only says when to look, never what to do.
    due_ms INTEGER NOT NULL,
    standing TEXT NOT NULL DEFAULT 'waiting' CHECK (standing IN ('waiting', 'sent', 'overtaken', 'known', 'dead')),
    PRIMARY KEY (booking, sequence, outcome)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_due ON mail (due_ms) WHERE standing = 'waiting';
CREATE INDEX mail_dead ON mail (clinic) WHERE standing = 'dead';

CREATE TABLE breaker (
    clinic BLOB PRIMARY KEY REFERENCES clinic (clinic),
    -- What it is swapped by.
    version INTEGER NOT NULL,
    era INTEGER NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('closed', 'open', 'half_open')),
    since_ms INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    failed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
