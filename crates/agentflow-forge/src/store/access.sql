-- Format 2: rights. Secrets become hashes on the way, which SQLite cannot compute.
ALTER TABLE tokens RENAME TO plain_tokens;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    -- What it was given, as JSON.
    given TEXT NOT NULL,
    -- Seconds since 1970.
    expires_at INTEGER,
    UNIQUE (user_id, name)
) STRICT;

CREATE TABLE collaborators (
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    PRIMARY KEY (repo_id, user_id)
) STRICT;

ALTER TABLE repositories ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0;
