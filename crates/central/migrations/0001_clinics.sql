-- Which clinics there are, who speaks for each of them, and what is mirrored:
-- a prefix of each clinic's log, and the rows of the days it offers online.
-- Everything a process needs to take a clinic over stands here and nowhere else.

CREATE TABLE central (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- This store's own life: drawn anew when it was restored, so that hubs see it.
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16)
) STRICT;

CREATE TABLE clinic (
    clinic BLOB PRIMARY KEY CHECK (length(clinic) = 16),
    name TEXT NOT NULL,
    -- What a visitor is told of it (address, place on the map), as JSON.
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    added_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per clinic, apart from the above: it changes with every batch.
CREATE TABLE mirror (
    clinic BLOB PRIMARY KEY REFERENCES clinic (clinic),
    -- The highest epoch granted: the registry of epochs is this row. And where
    -- it was taken over: by which installation, behind which place (as CBOR).
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    taken_node BLOB CHECK (length(taken_node) = 16),
    taken_at BLOB,
    -- Which claim is the latest: only its bearer may write what is mirrored.
    token INTEGER NOT NULL DEFAULT 0,
    -- The process that made it; none once it let go.
    owner BLOB CHECK (length(owner) = 16),
    -- When it last said so, by its wall clock.
    renewed_ms INTEGER NOT NULL DEFAULT 0,
    -- The last entry here; all four or none.
    at_epoch INTEGER,
    at_incarnation BLOB CHECK (length(at_incarnation) = 16),
    at_seq INTEGER,
    at_hash BLOB CHECK (length(at_hash) = 32),
    -- The installation that wrote it.
    node BLOB CHECK (length(node) = 16),
    -- The days that are kept: clinic-local, days since 1970-01-01, the last not included.
    window_from INTEGER NOT NULL DEFAULT 0,
    window_to INTEGER NOT NULL DEFAULT 0,
    -- Entries of lost lives, ever, and how many of them the hub has taken back.
    surplus INTEGER NOT NULL DEFAULT 0,
    surplus_kept INTEGER NOT NULL DEFAULT 0,
    -- Verdicts may be older here than what was said: no mail leaves until the hub was heard out.
    replaying INTEGER NOT NULL DEFAULT 0 CHECK (replaying IN (0, 1)),
    -- How the clinic is reached, in the plan's words, and since when.
    state TEXT NOT NULL DEFAULT 'checking',
    state_since_ms INTEGER NOT NULL DEFAULT 0,
    -- Requests that ever came; numbers the next one.
    requests INTEGER NOT NULL DEFAULT 0,
    CHECK ((at_seq IS NULL) = (at_hash IS NULL) AND (at_seq IS NULL) = (at_incarnation IS NULL)
        AND (at_seq IS NULL) = (at_epoch IS NULL)),
    CHECK ((taken_node IS NULL) = (taken_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Lives of the hub's store that were left for others.
CREATE TABLE left_life (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
    PRIMARY KEY (clinic, incarnation)
) STRICT, WITHOUT ROWID;

-- The chain. Of the oldest entries only every thousandth place stays, without
-- its content, so that a hub restored from long ago still finds a common one.
CREATE TABLE entry (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    -- The public part, as it came; none where only the place is kept.
    public BLOB,
    PRIMARY KEY (clinic, seq)
) STRICT, WITHOUT ROWID;

-- Entries of lost lives, numbered from 0: the hub may ask for all of them anew,
-- after each life it loses, so none is ever deleted.
CREATE TABLE surplus (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    number INTEGER NOT NULL,
    public BLOB NOT NULL,
    PRIMARY KEY (clinic, number)
) STRICT, WITHOUT ROWID;

-- Visits as the projection tells them, in the order of days: what is compared,
-- sent again and offered is always a stretch of days.
CREATE TABLE appointment (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    day INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    version INTEGER NOT NULL,
    practitioner BLOB NOT NULL CHECK (length(practitioner) = 16),
    chair BLOB CHECK (length(chair) = 16),
    kind BLOB NOT NULL CHECK (length(kind) = 16),
    status TEXT NOT NULL,
    local_s INTEGER NOT NULL,
    zone TEXT NOT NULL,
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL,
    patient BLOB NOT NULL CHECK (length(patient) = 16),
    PRIMARY KEY (clinic, day, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX appointment_by_id ON appointment (clinic, id);

CREATE TABLE blockout (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    day INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    practitioner BLOB CHECK (length(practitioner) = 16),
    chair BLOB CHECK (length(chair) = 16),
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL,
    for_emergencies INTEGER NOT NULL CHECK (for_emergencies IN (0, 1)),
    PRIMARY KEY (clinic, day, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX blockout_by_id ON blockout (clinic, id);

CREATE TABLE settings (
    clinic BLOB PRIMARY KEY REFERENCES clinic (clinic),
    version INTEGER NOT NULL,
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Visits that only this mirror had when a day was put in place: perhaps the
-- only copy of a promise to a patient. Never deleted.
CREATE TABLE orphan (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    id BLOB NOT NULL CHECK (length(id) = 16),
    day INTEGER NOT NULL,
    found_ms INTEGER NOT NULL,
    -- The row, as CBOR.
    said BLOB NOT NULL,
    -- The hub's log speaks of it by now: it needs no more telling.
    heard INTEGER NOT NULL DEFAULT 0 CHECK (heard IN (0, 1)),
    PRIMARY KEY (clinic, id)
) STRICT, WITHOUT ROWID;
