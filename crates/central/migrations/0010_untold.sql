-- This verdict was heard since the store was brought back from a backup, and nobody was
-- told of it: should its life of the log be lost, it is given back as such.
ALTER TABLE request ADD COLUMN untold INTEGER NOT NULL DEFAULT 0 CHECK (untold IN (0, 1));
CREATE INDEX request_untold ON request (clinic) WHERE untold = 1;
