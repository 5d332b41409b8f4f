-- By which rules of zones the UTC of visits and blockouts was derived. A version of
-- the application that carries other rules derives what is ahead anew, through the log.
-- Nothing here where that was never noted: what lies in the store is then looked at once.

CREATE TABLE zone_rules (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- The tz database's name of them, like 2026a.
    version TEXT NOT NULL,
    -- What began before this may stand by earlier rules, seconds since 1970 in UTC;
    -- none in a store that has known only these.
    before_s INTEGER
) STRICT;
