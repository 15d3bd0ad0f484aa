-- When a thread is to be looked at again, and the last number that an event of it got.
ALTER TABLE threads ADD COLUMN wake_at INTEGER;      -- microseconds since 1970
ALTER TABLE threads ADD COLUMN newest_event INTEGER NOT NULL DEFAULT 0;

CREATE INDEX threads_by_wake_up ON threads (wake_at) WHERE wake_at IS NOT NULL;

-- What a thread was told and has not taken.
CREATE TABLE events (
    thread       TEXT NOT NULL,
    id           INTEGER NOT NULL,
    name         TEXT NOT NULL,
    payload      BLOB NOT NULL,
    delivered_at INTEGER NOT NULL,  -- microseconds since 1970
    PRIMARY KEY (thread, id)
) STRICT;

-- The keys of events that wait, and of the newest that were taken: what is delivered
-- under one of them was delivered before.
CREATE TABLE event_keys (
    thread TEXT NOT NULL,
    key    TEXT NOT NULL,
    event  INTEGER NOT NULL,
    taken  INTEGER NOT NULL,        -- 0 while the event waits
    PRIMARY KEY (thread, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_keys_by_event ON event_keys (thread, event);
