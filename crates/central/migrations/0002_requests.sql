-- What patients wish: bookings, the requests they are made of, and the places
-- kept meanwhile. Who somebody is stands in a request's sealed bytes, which
-- only the clinic can read; in clear there is the contact to answer to.

CREATE TABLE booking (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    -- The visit it is to become.
    appointment BLOB NOT NULL CHECK (length(appointment) = 16),
    -- Of the secret that opens it.
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    -- Where answers go; none once it was purged.
    contact TEXT,
    language TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    -- What the patient would be told now, the how-manieth such state it is, and
    -- a hash of the time and the person it names.
    sequence INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    gist BLOB NOT NULL CHECK (length(gist) = 32),
    -- The place it speaks of.
    practitioner BLOB NOT NULL CHECK (length(practitioner) = 16),
    kind BLOB NOT NULL CHECK (length(kind) = 16),
    local_s INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    start_s INTEGER NOT NULL,
    purged INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX booking_by_appointment ON booking (clinic, appointment);
CREATE INDEX booking_by_start ON booking (start_s) WHERE purged = 0;

CREATE TABLE request (
    proposal BLOB PRIMARY KEY CHECK (length(proposal) = 16),
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    booking BLOB NOT NULL REFERENCES booking (id),
    wish TEXT NOT NULL CHECK (wish IN ('book', 'move', 'cancel')),
    -- The request that has to be decided first.
    after BLOB CHECK (length(after) = 16),
    -- The fixed bytes that are proposed, and their hash, which outlives them.
    content BLOB NOT NULL,
    content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
    state TEXT NOT NULL,
    -- Its place in the clinic's queue (sync's rule): ORDER BY rank, number.
    rank INTEGER NOT NULL,
    number INTEGER NOT NULL,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    arrived_ms INTEGER NOT NULL,
    -- The days whose gates it needs: one, or two for a move.
    day INTEGER NOT NULL,
    other_day INTEGER,
    -- When its time has come, seconds since 1970 in UTC.
    start_s INTEGER NOT NULL,
    -- When it first left for the clinic.
    sent_ms INTEGER,
    -- Set aside for a person, and why: a stable word.
    quarantined TEXT,
    quarantined_ms INTEGER,
    -- The answer, as CBOR, and when it came.
    verdict BLOB,
    ended_ms INTEGER,
    -- What the caller named its attempt, and a hash of all it said with it.
    idempotency_key BLOB UNIQUE CHECK (length(idempotency_key) = 32),
    idempotency_body BLOB CHECK (length(idempotency_body) = 32)
) STRICT, WITHOUT ROWID;

CREATE INDEX request_by_booking ON request (booking, number);
-- The queue, and what is on its way: never the many that have ended.
CREATE INDEX request_held ON request (clinic, rank, number) WHERE state = 'held';
CREATE INDEX request_sent ON request (clinic, number) WHERE state = 'sent';
CREATE INDEX request_due ON request (start_s) WHERE state IN ('requested', 'held');
CREATE INDEX request_aside ON request (clinic) WHERE quarantined IS NOT NULL;

-- A place kept for somebody with the form open. One per visitor and clinic.
CREATE TABLE hold (
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    visitor BLOB NOT NULL CHECK (length(visitor) = 16),
    practitioner BLOB NOT NULL CHECK (length(practitioner) = 16),
    chair BLOB CHECK (length(chair) = 16),
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL,
    -- The clinic-local day, said by whoever took it.
    day INTEGER NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('form', 'verify')),
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (clinic, visitor)
) STRICT, WITHOUT ROWID;

-- A place kept for a request until it ends. No limit.
CREATE TABLE claim (
    proposal BLOB PRIMARY KEY REFERENCES request (proposal),
    clinic BLOB NOT NULL REFERENCES clinic (clinic),
    practitioner BLOB NOT NULL CHECK (length(practitioner) = 16),
    chair BLOB CHECK (length(chair) = 16),
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL,
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_by_time ON claim (clinic, start_s);
