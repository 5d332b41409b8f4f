-- Why something didn't work, for the person who is asked: the stable word of
-- the last failed try, never what a server said, which may name somebody.

ALTER TABLE mail ADD COLUMN why TEXT;

-- The last renewal of a desk's certificate, where it was refused.
ALTER TABLE device ADD COLUMN refused TEXT;
ALTER TABLE device ADD COLUMN refused_ms INTEGER;
