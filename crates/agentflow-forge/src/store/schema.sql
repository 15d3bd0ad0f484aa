CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    login TEXT NOT NULL UNIQUE COLLATE NOCASE,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE tokens (
    secret TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    may_write INTEGER NOT NULL,
    UNIQUE (user_id, name)
) STRICT;

CREATE TABLE repositories (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    name TEXT NOT NULL COLLATE NOCASE,
    default_branch TEXT NOT NULL,
    requires_checks INTEGER NOT NULL,
    last_number INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    pushed_at TEXT NOT NULL,
    UNIQUE (owner_id, name)
) STRICT;

-- Issues and pull requests share numbers, comments and labels.
CREATE TABLE issues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    number INTEGER NOT NULL,
    key TEXT,
    title TEXT NOT NULL,
    body TEXT,
    is_open INTEGER NOT NULL DEFAULT 1,
    state_reason TEXT,
    is_pull INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    closed_at TEXT,
    closed_by INTEGER REFERENCES users (id),
    UNIQUE (repo_id, number),
    UNIQUE (repo_id, key)
) STRICT;

CREATE TABLE labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    name TEXT NOT NULL COLLATE NOCASE,
    color TEXT NOT NULL,
    UNIQUE (repo_id, name)
) STRICT;

CREATE TABLE issue_labels (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    label_id INTEGER NOT NULL REFERENCES labels (id),
    PRIMARY KEY (issue_id, label_id)
) STRICT;

CREATE TABLE comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    author_id INTEGER NOT NULL REFERENCES users (id),
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX comments_by_issue ON comments (issue_id);

CREATE TABLE pulls (
    issue_id INTEGER PRIMARY KEY REFERENCES issues (id),
    head_ref TEXT NOT NULL,
    base_ref TEXT NOT NULL,
    head_sha TEXT NOT NULL,
    base_sha TEXT NOT NULL,
    draft INTEGER NOT NULL,
    merged_at TEXT,
    merged_by INTEGER REFERENCES users (id),
    merge_sha TEXT
) STRICT;
CREATE INDEX pulls_by_head ON pulls (head_ref);

-- A merge that was decided and may or may not have reached its branch.
CREATE TABLE merge_intents (
    issue_id INTEGER PRIMARY KEY REFERENCES issues (id),
    base_ref TEXT NOT NULL,
    old_sha TEXT NOT NULL,
    merge_sha TEXT NOT NULL,
    merged_by INTEGER NOT NULL REFERENCES users (id),
    decided_at TEXT NOT NULL
) STRICT;

CREATE TABLE requested_reviewers (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (issue_id, user_id)
) STRICT;

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    author_id INTEGER NOT NULL REFERENCES users (id),
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    commit_sha TEXT NOT NULL,
    submitted_at TEXT NOT NULL
) STRICT;
CREATE INDEX reviews_by_issue ON reviews (issue_id);

CREATE TABLE review_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    author_id INTEGER NOT NULL REFERENCES users (id),
    in_reply_to INTEGER REFERENCES review_comments (id),
    path TEXT NOT NULL,
    blob TEXT NOT NULL,
    line INTEGER NOT NULL,
    side TEXT NOT NULL,
    start_line INTEGER,
    start_side TEXT,
    position INTEGER NOT NULL,
    diff_hunk TEXT NOT NULL,
    commit_sha TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX review_comments_by_issue ON review_comments (issue_id);

CREATE TABLE check_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    head_sha TEXT NOT NULL,
    name TEXT NOT NULL,
    is_ci INTEGER NOT NULL,
    status TEXT NOT NULL,
    conclusion TEXT,
    title TEXT,
    summary TEXT,
    text TEXT,
    external_id TEXT NOT NULL DEFAULT '',
    details_url TEXT,
    started_at TEXT,
    completed_at TEXT
) STRICT;
CREATE INDEX check_runs_by_head ON check_runs (repo_id, head_sha);
-- The forge itself checks a commit once.
CREATE UNIQUE INDEX one_ci_per_head ON check_runs (repo_id, head_sha) WHERE is_ci = 1;
CREATE INDEX waiting_ci ON check_runs (id) WHERE is_ci = 1 AND status <> 'completed';

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_id INTEGER REFERENCES users (id),
    commit_sha TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_number ON events (repo_id, number);
