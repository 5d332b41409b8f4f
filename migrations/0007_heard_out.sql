-- The present life of the store gave this answer by rule, and so after central
-- was heard out: no older word of central's changes it. A new life begins with none.
ALTER TABLE verdict ADD COLUMN heard_out INTEGER NOT NULL DEFAULT 0 CHECK (heard_out IN (0, 1));
