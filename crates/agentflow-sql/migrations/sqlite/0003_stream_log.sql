-- The last position that an entry of the thread's stream log got: as those of events, it
-- must grow also after a delete.
ALTER TABLE threads ADD COLUMN newest_entry INTEGER NOT NULL DEFAULT 0;

-- What a thread's runs have emitted, without a hole up to the newest.
CREATE TABLE stream_log (
    thread   TEXT NOT NULL,
    position INTEGER NOT NULL,
    value    BLOB NOT NULL,
    PRIMARY KEY (thread, position)
) STRICT;
