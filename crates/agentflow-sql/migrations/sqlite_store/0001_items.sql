-- The version of these tables, in one row. `user_version` is the checkpointer's, whose
-- tables may be in the same file.
CREATE TABLE store_schema (
    version INTEGER NOT NULL
) STRICT;
INSERT INTO store_schema VALUES (0);

-- Numbers are never used again: a number that was read means the same item later.
CREATE TABLE store_items (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    path       BLOB NOT NULL,       -- each label with a NUL behind it: orders as paths do
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,       -- JSON
    created_at INTEGER NOT NULL,    -- microseconds since 1970, as all times here
    updated_at INTEGER NOT NULL,
    lifetime   INTEGER,             -- microseconds; NULL if it stays
    expires_at INTEGER,
    UNIQUE (path, key)
) STRICT;

CREATE INDEX store_items_by_end ON store_items (expires_at) WHERE expires_at IS NOT NULL;

-- How many numbers each vector has; no row before anything is embedded.
CREATE TABLE store_index (
    dims INTEGER NOT NULL
) STRICT;

-- The vectors of an item one behind the other, as little-endian floats of 32 bits.
-- Apart from the items, whose rows stay small.
CREATE TABLE store_vectors (
    item    INTEGER PRIMARY KEY,
    vectors BLOB NOT NULL
) STRICT;

-- The words of an item, each once, in small letters and with a blank between two. The
-- tokenizer `ascii` cuts at the blanks and nowhere else. What words are is decided
-- before they come here; how often and where they occur is of no interest.
CREATE VIRTUAL TABLE store_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
