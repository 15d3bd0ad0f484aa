-- What the wider set of REST operations keeps.

-- A rule as JSON, or nothing where the protection was taken away.
CREATE TABLE branch_protections (
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    branch TEXT NOT NULL,
    rule TEXT,
    PRIMARY KEY (repo_id, branch)
) STRICT;

-- A rename that was decided and may or may not have reached its refs.
CREATE TABLE rename_intents (
    repo_id INTEGER PRIMARY KEY REFERENCES repositories (id),
    from_ref TEXT NOT NULL,
    to_ref TEXT NOT NULL,
    sha TEXT NOT NULL
) STRICT;

CREATE TABLE statuses (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repositories (id),
    sha TEXT NOT NULL,
    context TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT,
    target_url TEXT,
    author_id INTEGER NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX statuses_by_sha ON statuses (repo_id, sha);

CREATE TABLE assignees (
    issue_id INTEGER NOT NULL REFERENCES issues (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (issue_id, user_id)
) STRICT;

CREATE VIEW issue_assignees AS
SELECT a.issue_id, json_group_array(json_object('id', u.id, 'login', u.login)) AS assignees
FROM assignees a JOIN users u ON u.id = a.user_id GROUP BY a.issue_id;

-- `subject` is `issue`, `comment` or `review_comment`.
CREATE TABLE reactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (subject, subject_id, user_id, content)
) STRICT;

-- Each as the JSON that the client sent, which is also what is given.
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    check_run_id INTEGER NOT NULL REFERENCES check_runs (id),
    annotation TEXT NOT NULL
) STRICT;
CREATE INDEX annotations_by_run ON annotations (check_run_id);

ALTER TABLE issues ADD COLUMN is_locked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN lock_reason TEXT;
ALTER TABLE labels ADD COLUMN description TEXT;
ALTER TABLE repositories ADD COLUMN description TEXT;
-- What only events of some kinds say, as JSON.
ALTER TABLE events ADD COLUMN detail TEXT;
ALTER TABLE check_runs ADD COLUMN created_at TEXT;
ALTER TABLE check_runs ADD COLUMN cancelled_by INTEGER REFERENCES users (id);
ALTER TABLE check_runs ADD COLUMN annotations INTEGER NOT NULL DEFAULT 0;
