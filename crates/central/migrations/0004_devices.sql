-- The desks that may speak for a clinic, and the one-time codes by which they
-- come to. A code itself is kept nowhere: its key is what it makes with a salt,
-- and it is worth nothing once the code's ten minutes are over.

-- Set while a clinic waits for its desk, whose own id it then takes over.
ALTER TABLE clinic ADD COLUMN awaits_desk INTEGER NOT NULL DEFAULT 0 CHECK (awaits_desk IN (0, 1));

-- At most one code per clinic: drawing another ends the one before.
CREATE TABLE code (
    clinic BLOB PRIMARY KEY REFERENCES clinic (clinic),
    -- Its first characters, by which a desk names it.
    name TEXT NOT NULL UNIQUE,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    key BLOB NOT NULL CHECK (length(key) = 32),
    ends_ms INTEGER NOT NULL,
    -- Challenges given out: each is a try, whatever comes of it.
    tries INTEGER NOT NULL DEFAULT 0,
    -- When a desk was let in by it.
    used_ms INTEGER
) STRICT, WITHOUT ROWID;

-- What a desk has to answer. Gone with its code.
CREATE TABLE challenge (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    clinic BLOB NOT NULL REFERENCES code (clinic) ON DELETE CASCADE ON UPDATE CASCADE,
    -- What was proved by it, which the answer's proof covers.
    proof BLOB NOT NULL CHECK (length(proof) = 32),
    -- One answer, right or wrong.
    answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX challenge_by_clinic ON challenge (clinic);

CREATE TABLE device (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    -- The installation's id.
    device BLOB NOT NULL CHECK (length(device) = 16),
    -- Of the public key its certificates are for.
    key_hash BLOB NOT NULL CHECK (length(key_hash) = 32),
    -- The Ed25519 key that signs the clinic's log there.
    log_key BLOB NOT NULL CHECK (length(log_key) = 32),
    paired_ms INTEGER NOT NULL,
    -- When its certificate ends.
    until_ms INTEGER NOT NULL,
    -- Since when it may nothing any more. Never deleted: it says who spoke for the clinic.
    revoked_ms INTEGER,
    PRIMARY KEY (clinic, device)
) STRICT, WITHOUT ROWID;
