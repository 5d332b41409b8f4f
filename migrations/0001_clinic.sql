-- The clinic's store: its settings, people, patients and visits, and the log
-- of every change to them. Rows and the log entry about them are written in
-- one transaction, always.
--
-- Conventions: ids are sixteen bytes; `…_s` is seconds and `…_ms` milliseconds
-- since 1970 in UTC; `local_s` is seconds since 1970-01-01T00:00 by the clock
-- on the clinic's wall; `day` is that wall's day, counted from 1970-01-01;
-- minutes of a day run from 0 to 1440. No row is ever deleted, except
-- settings that are lists (hours, breaks, absences), whose history stands in the log.

-- Who this store is. One row.
CREATE TABLE store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16)
) STRICT;

CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
    at_ms INTEGER NOT NULL,
    -- 0 a member of staff, 1 a node.
    by_kind INTEGER NOT NULL CHECK (by_kind IN (0, 1)),
    by_id BLOB NOT NULL CHECK (length(by_id) = 16),
    causes BLOB NOT NULL,
    -- The projection, canonical bytes.
    public BLOB NOT NULL,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    -- Erasing these two leaves the chain whole.
    salt BLOB CHECK (salt IS NULL OR length(salt) = 32),
    private BLOB,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    -- The row it is about, where it is about one.
    subject BLOB CHECK (subject IS NULL OR length(subject) = 16)
) STRICT;

CREATE INDEX log_by_subject ON log (subject, seq) WHERE subject IS NOT NULL;

CREATE TABLE clinic (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    city TEXT NOT NULL,
    zone TEXT NOT NULL,
    grid_minutes INTEGER NOT NULL CHECK (grid_minutes IN (5, 10, 15, 30)),
    hours_derived INTEGER NOT NULL CHECK (hours_derived IN (0, 1)),
    waiting_limit_minutes INTEGER NOT NULL CHECK (waiting_limit_minutes > 0),
    uses_chairs INTEGER NOT NULL CHECK (uses_chairs IN (0, 1))
) STRICT;

CREATE TABLE staff (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'receptionist', 'practitioner', 'system')),
    active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;

CREATE TABLE practitioner (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    room TEXT NOT NULL,
    active_from INTEGER,
    active_until INTEGER,
    -- Without own hours or breaks the clinic's count.
    own_hours INTEGER NOT NULL CHECK (own_hours IN (0, 1)),
    own_breaks INTEGER NOT NULL CHECK (own_breaks IN (0, 1)),
    bookable_online INTEGER NOT NULL CHECK (bookable_online IN (0, 1)),
    position INTEGER NOT NULL
) STRICT;

-- Weekly hours: the clinic's where there is no practitioner. 0 is Monday.
CREATE TABLE weekly_hours (
    practitioner BLOB REFERENCES practitioner (id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    start_min INTEGER NOT NULL,
    end_min INTEGER NOT NULL CHECK (start_min < end_min AND end_min <= 1440)
) STRICT;

CREATE TABLE date_exception (
    day INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE date_exception_hours (
    day INTEGER NOT NULL REFERENCES date_exception (day),
    start_min INTEGER NOT NULL,
    end_min INTEGER NOT NULL CHECK (start_min < end_min AND end_min <= 1440)
) STRICT;

-- Breaks: the clinic's where there is no practitioner. Bit 0 of the mask is Monday.
CREATE TABLE break (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    practitioner BLOB REFERENCES practitioner (id),
    name TEXT NOT NULL,
    weekdays INTEGER NOT NULL CHECK (weekdays BETWEEN 0 AND 127),
    start_min INTEGER NOT NULL,
    end_min INTEGER NOT NULL CHECK (start_min < end_min AND end_min <= 1440)
) STRICT;

CREATE TABLE absence (
    practitioner BLOB NOT NULL REFERENCES practitioner (id),
    from_day INTEGER NOT NULL,
    until_day INTEGER NOT NULL CHECK (from_day <= until_day),
    start_min INTEGER,
    end_min INTEGER,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE chair (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE visit_kind (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes > 0),
    colour TEXT NOT NULL,
    bookable_online INTEGER NOT NULL CHECK (bookable_online IN (0, 1)),
    emergency INTEGER NOT NULL CHECK (emergency IN (0, 1)),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE blockout (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    practitioner BLOB REFERENCES practitioner (id),
    chair BLOB REFERENCES chair (id),
    day INTEGER NOT NULL,
    start_min INTEGER NOT NULL,
    end_min INTEGER NOT NULL CHECK (start_min < end_min AND end_min <= 1440),
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL CHECK (start_s < end_s),
    reason TEXT NOT NULL,
    for_emergencies INTEGER NOT NULL CHECK (for_emergencies IN (0, 1)),
    lifted INTEGER NOT NULL DEFAULT 0 CHECK (lifted IN (0, 1))
) STRICT;

CREATE INDEX blockout_by_day ON blockout (day) WHERE lifted = 0;

CREATE TABLE patient (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL,
    given TEXT NOT NULL,
    family TEXT NOT NULL,
    personnummer TEXT,
    birth_day INTEGER,
    birth_year INTEGER,
    phone TEXT,
    email TEXT NOT NULL,
    gender TEXT NOT NULL,
    alert TEXT NOT NULL,
    note TEXT NOT NULL,
    protected INTEGER NOT NULL CHECK (protected IN (0, 1)),
    guardian BLOB REFERENCES patient (id),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    external_id TEXT,
    created_s INTEGER NOT NULL,
    -- Rises each time they are registered or come to the desk, so that a
    -- search finds the most recent first without sorting: it is their row in
    -- both indexes below.
    recency INTEGER NOT NULL UNIQUE
) STRICT;

-- The desk refuses a second patient with one personnummer; another system may
-- have had two, and an import brings both.
CREATE INDEX patient_by_personnummer ON patient (personnummer) WHERE personnummer IS NOT NULL;

-- Words and their beginnings; then any three characters in a row. Both hold
-- folded text only (lower case, no diacritics), and no copy of it.
CREATE VIRTUAL TABLE patient_words USING fts5 (
    folded, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3', tokenize = 'ascii'
);
CREATE VIRTUAL TABLE patient_trigrams USING fts5 (
    folded, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
);

-- Kept in the order a board reads it, so that a day is a few pages in a row.
CREATE TABLE appointment (
    id BLOB NOT NULL CHECK (length(id) = 16),
    version INTEGER NOT NULL,
    patient BLOB NOT NULL REFERENCES patient (id),
    practitioner BLOB NOT NULL REFERENCES practitioner (id),
    chair BLOB REFERENCES chair (id),
    kind BLOB NOT NULL REFERENCES visit_kind (id),
    day INTEGER NOT NULL,
    local_s INTEGER NOT NULL,
    zone TEXT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes > 0),
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL CHECK (start_s < end_s),
    status TEXT NOT NULL,
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    note TEXT NOT NULL,
    source TEXT NOT NULL,
    overbooked TEXT,
    cancelled_by TEXT,
    cancelled_reason TEXT,
    arrived_s INTEGER,
    seated_s INTEGER,
    done_s INTEGER,
    left_s INTEGER,
    -- Not a foreign key: another system may name a visit it didn't hand over.
    follows BLOB,
    created_s INTEGER NOT NULL,
    external_id TEXT,
    flags INTEGER NOT NULL,
    -- What was wished, as a hash: the same wish twice books once, another one under the same id is an error.
    wish BLOB,
    CHECK ((cancelled_by IS NULL) = (cancelled_reason IS NULL)),
    PRIMARY KEY (day, practitioner, start_s, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX appointment_by_id ON appointment (id);
CREATE INDEX appointment_by_patient ON appointment (patient, day);
CREATE INDEX appointment_by_chair ON appointment (chair, day) WHERE chair IS NOT NULL;
