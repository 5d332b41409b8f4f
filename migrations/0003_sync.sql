-- What a hub keeps of those who follow it: wishes that wait, the answers they
-- got, what only a person can settle, and how far each mirror is.
-- None of these rows is a change to the schedule; where one leads to a change,
-- the entry of the log says so and stands in the same transaction.

-- Where each life of this store began: the seq of its birth. The birth's own
-- entry names its parent; this finds it without reading the log.
CREATE TABLE life (
    seq INTEGER PRIMARY KEY,
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16)
) STRICT;

INSERT INTO life (seq, incarnation) SELECT min(seq), incarnation FROM log GROUP BY incarnation;

-- Proposals until they are decided. A proposal that was noted must outlive a
-- crash: its mirror sends it no second time in this session.
CREATE TABLE inbox (
    -- The order they came in.
    place INTEGER PRIMARY KEY,
    proposal BLOB NOT NULL UNIQUE CHECK (length(proposal) = 16),
    -- blake3 of `bytes`: the same id with other content is another wish.
    content BLOB NOT NULL CHECK (length(content) = 32),
    -- The fixed bytes it came as.
    bytes BLOB NOT NULL,
    -- Staff at another desk made it: it goes before what patients wish.
    by_staff INTEGER NOT NULL CHECK (by_staff IN (0, 1)),
    -- For a disputed day: only a person decides.
    disputed INTEGER NOT NULL CHECK (disputed IN (0, 1)),
    -- It was put before staff, and until when at the latest, milliseconds since 1970 in UTC.
    pending_until_ms INTEGER
) STRICT;

-- The answers given, until nobody can ask for them again: the visit's day is
-- past and every mirror has the entry.
CREATE TABLE verdict (
    proposal BLOB PRIMARY KEY CHECK (length(proposal) = 16),
    -- The entry that says so.
    seq INTEGER NOT NULL,
    -- The visit it was about.
    appointment BLOB NOT NULL CHECK (length(appointment) = 16),
    -- The last day the wish touched.
    day INTEGER NOT NULL,
    -- The canonical bytes, content hash and all: given again word for word.
    answer BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX verdict_by_seq ON verdict (seq);
CREATE INDEX verdict_by_day ON verdict (day);

-- Two things that can't both be, or one that nobody here knew of: kept until a
-- person has looked at it, and after.
CREATE TABLE conflict (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    -- The visit it is about; not a foreign key, for it may be one that is not here.
    appointment BLOB NOT NULL CHECK (length(appointment) = 16),
    -- The last entry that speaks of it.
    seq INTEGER NOT NULL,
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    -- The canonical bytes.
    said BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX conflict_by_appointment ON conflict (appointment);

-- Who follows this hub, and the last entry each is known to have: what keeps
-- verdicts alive for as long as somebody may still need them.
CREATE TABLE mirror (
    link INTEGER PRIMARY KEY,
    acknowledged INTEGER NOT NULL CHECK (acknowledged >= 0)
) STRICT;
