-- Format 3: webhooks, and what is to be said by them.

CREATE TABLE hooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    url TEXT NOT NULL,
    content_type TEXT NOT NULL,
    -- Deliveries are signed with it, so a hash would not do.
    secret TEXT,
    insecure_ssl TEXT NOT NULL,
    -- A JSON array of names.
    events TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX hooks_by_repository ON hooks (repo_id);

-- On whose behalf the transaction under way works.
CREATE TABLE acting (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    user_id INTEGER
) STRICT;
INSERT INTO acting VALUES (1, NULL);

-- What happened and was not packed into deliveries yet. Written by triggers, in the transaction
-- in which it happened.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    -- The only hook that is to hear of it, or none for all.
    hook_id INTEGER,
    event TEXT NOT NULL,
    action TEXT,
    -- Id of the row that it is about.
    subject INTEGER NOT NULL,
    -- How that row was just then, and what else belongs to it, as JSON.
    detail TEXT NOT NULL,
    actor_id INTEGER,
    -- Whether the transaction under way wrote it.
    is_fresh INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX outbox_fresh ON outbox (id) WHERE is_fresh = 1;

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hook_id INTEGER NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    guid TEXT NOT NULL,
    event TEXT NOT NULL,
    action TEXT,
    payload TEXT NOT NULL,
    redelivery INTEGER NOT NULL,
    -- Null while it waits; then when it was tried.
    delivered_at TEXT,
    duration_ms INTEGER NOT NULL DEFAULT 0,
    -- 0 where there was no answer.
    status_code INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    request_headers TEXT NOT NULL DEFAULT '{}',
    response_headers TEXT NOT NULL DEFAULT '{}',
    response TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX deliveries_by_hook ON deliveries (hook_id);
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE delivered_at IS NULL;

-- Branches and tags as they were told last.
CREATE TABLE known_refs (
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    name TEXT NOT NULL,
    sha TEXT NOT NULL,
    PRIMARY KEY (repo_id, name)
) STRICT;

-- Conversations about a line that were resolved, by their first comment.
CREATE TABLE resolved_threads (
    comment_id INTEGER PRIMARY KEY,
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    resolved_by INTEGER NOT NULL REFERENCES users (id),
    resolved_at TEXT NOT NULL
) STRICT;
