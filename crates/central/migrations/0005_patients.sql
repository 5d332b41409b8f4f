-- What a patient's contact is good for: how much one may ask, whether it is
-- theirs, and that no two mails about one booking are on their way at once.
-- And who else may read a clinic's bookings.

-- A keyed hash of the contact, whose key isn't in here: counts what one contact
-- asked for. Gone with the contact.
ALTER TABLE booking ADD COLUMN contact_key BLOB CHECK (contact_key IS NULL OR length(contact_key) = 32);
CREATE INDEX booking_by_contact ON booking (contact_key, made_ms) WHERE contact_key IS NOT NULL;
CREATE INDEX booking_by_place ON booking (clinic, local_s);

-- A try is under way: no other mail about the same booking leaves until it has ended.
ALTER TABLE mail ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0 CHECK (leaving IN (0, 1));
CREATE INDEX mail_leaving ON mail (booking) WHERE leaving = 1;

-- Contacts to be verified. The code that is mailed follows from the salt and a
-- key that isn't in here, so that nothing here tells it.
CREATE TABLE verification (
    booking BLOB PRIMARY KEY REFERENCES booking (id),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    -- Whose hold keeps the place meanwhile.
    visitor BLOB NOT NULL CHECK (length(visitor) = 16),
    -- Wrong codes so far.
    tries INTEGER NOT NULL DEFAULT 0,
    verified_ms INTEGER
) STRICT, WITHOUT ROWID;

-- The hash of the key that opens a clinic's bookings to a program of its own.
CREATE TABLE partner (
    clinic BLOB PRIMARY KEY REFERENCES clinic (clinic),
    key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
